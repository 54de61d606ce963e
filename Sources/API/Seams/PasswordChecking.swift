package import Domain

/// Checks and hashes passwords, off the threads that serve requests, a few at a time.
package protocol PasswordChecking: Sendable {
    /// Whether the password is the one that was hashed. Nil for `encoded` (an unknown user) costs
    /// as much and is false. Nil as the answer: too many wait already.
    /// - Parameter tenant: Whose turn it takes, whether the person is known or not; nil: that of all
    ///   who name no organisation that there is.
    func isRight(_ password: String, encoded: String?, of tenant: TenantID?) async -> Bool?

    /// The PHC string of a new password. Nil: too many wait already, or it cannot be hashed now.
    /// - Parameter tenant: Whose turn it takes.
    func hash(_ password: String, of tenant: TenantID?) async -> String?

    /// A new PHC string of a password that proved right, if its own was made with less than today's
    /// parameters. Nil: it need not be, or cannot be now; the next login asks again.
    func renewed(_ password: String, encoded: String, of tenant: TenantID?) async -> String?
}
