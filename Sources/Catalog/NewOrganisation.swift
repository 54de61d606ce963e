/// The first organisation and its first user. Prints no hash.
package struct NewOrganisation: Sendable, CustomStringConvertible, CustomReflectable {
    /// 1 to 200 characters.
    package var name: String
    /// Short name or domain, small letters, digits, hyphens and dots, 1 to 253.
    package var domain: String
    /// 3 to 254 characters.
    package var email: String
    /// PHC string of argon2id.
    package var passwordHash: String
    /// A role of `Identity`, opaque here.
    package var role: String

    package init(name: String, domain: String, email: String, passwordHash: String, role: String) {
        self.name = name
        self.domain = domain
        self.email = email
        self.passwordHash = passwordHash
        self.role = role
    }

    package var description: String {
        "organisation \(domain)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["domain": domain])
    }
}
