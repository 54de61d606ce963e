/// The login of a development installation. Its password is known to everyone, so it is refused
/// everywhere else, even if its row came along with a copied database.
package enum DevelopmentLogin {
    package static let tenant = "development"
    package static let email = "admin@sparc.dev"
    package static let password = "admin123"
    package static let role = Role.owner

    /// Whether these words name the development login.
    package static func isNamed(tenant: String, email: String) -> Bool {
        email.lowercased() == Self.email && tenant.lowercased() == Self.tenant
    }
}
