/// Why a password could not be hashed. Never holds the password.
package struct PasswordHashError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// Longer than `PasswordHasher.lengthLimit`.
        case tooLong = "too_long"
        /// The memory for the hash could not be had.
        case memory
        /// Any other answer of the library: an error in the program.
        case library
    }

    package let code: Code
    package let message: String

    package var isRetryable: Bool {
        code == .memory
    }

    package var description: String {
        "\(code.rawValue): \(message)"
    }
}
