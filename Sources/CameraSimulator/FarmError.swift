/// Why the farm cannot start or do what is asked: a sentence for the person who runs it.
package struct FarmError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong and what to do; holds file names and addresses, never a password.
    package let message: String

    /// An error with its sentence.
    package init(_ message: String) {
        self.message = message
    }

    /// The message.
    package var description: String {
        message
    }
}
