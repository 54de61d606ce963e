/// Why a file operation failed. Retryable or not by code; holds paths, never content.
package struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable {
        /// ENOSPC, EDQUOT.
        case noSpace = "no_space"
        /// EIO, or an fsync that failed: what was written since the last good one may be gone.
        case ioFailure = "io_failure"
        /// The name is in use.
        case exists
        case notFound = "not_found"
        case noPermission = "no_permission"
        /// The bytes are not what this program wrote.
        case damaged
        /// Any other errno.
        case other
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same call may succeed later.
    package var isRetryable: Bool {
        switch code {
        case .noSpace, .other: true
        case .ioFailure, .exists, .notFound, .noPermission, .damaged: false
        }
    }

    package var description: String {
        "\(code.rawValue): \(message)"
    }
}
