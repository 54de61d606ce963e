/// Where Redis is. Prints no password.
package struct RedisConfiguration: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    package var host: String
    package var port: Int
    /// Nil: the default user.
    package var user: String?
    package var password: String?
    /// Number of the logical database.
    package var database: Int
    /// Whether to speak TLS.
    package var isSecure: Bool
    /// Path of a PEM file with the certificate authorities to trust instead of the system's.
    package var authorities: String?

    package init(
        host: String,
        port: Int = 6_379,
        user: String? = nil,
        password: String? = nil,
        database: Int = 0,
        isSecure: Bool = false,
        authorities: String? = nil
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.isSecure = isSecure
        self.authorities = authorities
    }

    package var description: String {
        "redis\(isSecure ? "s" : "")://\(host):\(port)/\(database)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["address": description])
    }
}
