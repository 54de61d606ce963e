/// Checks and hashes passwords, off the threads that serve requests, a few at a time.
package protocol PasswordChecking: Sendable {
    /// Whether the password is the one that was hashed. Nil for `encoded` (an unknown user) costs
    /// as much and is false. Nil as the answer: too many wait already.
    func isRight(_ password: String, encoded: String?) async -> Bool?

    /// The PHC string of a new password. Nil: too many wait already, or it cannot be hashed now.
    func hash(_ password: String) async -> String?
}
