/// Why media could not be written: what happened, safe to show to anyone.
package struct MediaIOError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong.
    package enum Code: Hashable, Sendable {
        /// The parameters describe nothing that fits in an mp4 file.
        case badParameters
        /// A unit cannot be stored: it is empty, too large, or its times are out of range.
        case badUnit
        /// The library could not get memory.
        case outOfMemory
        /// The library failed with this code (negative errno or an AVERROR tag).
        case library(Int32)
    }

    package let code: Code
    /// One sentence, never with bytes from a camera.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// True where a new muxer may succeed with the next pictures; false where the same parameters
    /// will fail again.
    package var isRetryable: Bool {
        switch code {
        case .badParameters: false
        case .badUnit, .outOfMemory, .library: true
        }
    }

    package var description: String {
        message
    }
}
