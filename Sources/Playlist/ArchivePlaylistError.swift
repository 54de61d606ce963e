/// Why a range cannot be played.
package struct ArchivePlaylistError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// `from` is not before `to`, or not before now.
        case emptyRange = "empty_range"
        /// The range is longer than a day.
        case rangeTooLong = "range_too_long"
        /// More segments and gaps than one playlist may list.
        case tooManySegments = "too_many_segments"
    }

    package let code: Code
    /// What is wrong and what to do.
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// Never: the same range gives the same answer.
    package var isRetryable: Bool {
        false
    }

    package var description: String {
        message
    }
}
