internal import Domain

/// `REDIS_URL`: where coordinators reach one another, `redis://[[user:]password@]host[:port][/number]`,
/// or `rediss://` with TLS. Prints no password.
package struct RedisSettings: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The variables that are read here: what a process that starts another one hands on.
    package static let variables = ["REDIS_URL", "REDIS_URL_FILE", "REDIS_CA_FILE"]
    private static let example = "rediss://:password@redis.example.org:6379/0"
    /// Redis itself takes longer ones; nobody has one.
    private static let wordLimit = 512

    /// A name, an IPv4 address, or an IPv6 address in brackets.
    package var host: String
    package var port: Int
    /// Nil: the default user.
    package var user: String?
    package var password: String?
    /// Number of the logical database, 0 to 9,999.
    package var database: Int
    /// `rediss`: TLS, whose certificate is always checked.
    package var isSecure: Bool
    /// `REDIS_CA_FILE`: certificate authorities to trust instead of the system's, PEM.
    package var authorities: String?

    /// Nil without `REDIS_URL`, and for one that cannot be used: that is a problem of the reader, which
    /// repeats nothing of it.
    package init?(reader: inout SettingsReader) {
        let file = reader.text("REDIS_CA_FILE")
        guard let url = reader.secret("REDIS_URL"), !url.isEmpty else {
            if file != nil {
                reader.report("REDIS_CA_FILE", "is set without REDIS_URL", "(remove it)")
            }
            return nil
        }
        isSecure = url.hasPrefix("rediss://")
        guard isSecure || url.hasPrefix("redis://"),
            let parts = Self.parts(url.dropFirst(isSecure ? 9 : 8))
        else {
            reader.report(
                "REDIS_URL",
                "must be redis:// or rediss:// with user and password (percent-encoded), host, port "
                    + "and number of the database",
                Self.example
            )
            return nil
        }
        (host, port, user, password, database) = parts
        authorities = file
        if let file, !file.hasPrefix("/") {
            reader.report("REDIS_CA_FILE", "must be an absolute path", "/etc/sparc/ca.pem")
        } else if file != nil, !isSecure {
            reader.report("REDIS_CA_FILE", "is set, and REDIS_URL has no TLS", "(use rediss://)")
        }
        // The password would be readable on the way.
        let isDevelopment = reader.text("SPARC_ENV")?.lowercased() == "development"
        if !isSecure, !isDevelopment, !Self.isHere(host) {
            reader.report(
                "REDIS_URL",
                "must be rediss:// outside development, unless Redis is on this machine",
                Self.example
            )
        }
    }

    package var description: String {
        "redis\(isSecure ? "s" : "")://\(host):\(port)/\(database)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["address": description])
    }

    private typealias Parts = (
        host: String, port: Int, user: String?, password: String?, database: Int
    )

    private static func parts(_ text: Substring) -> Parts? {
        let pieces = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var database = 0
        if pieces.count == 2, !pieces[1].isEmpty {
            guard let number = number(pieces[1], 0...9_999) else { return nil }
            database = number
        }
        var authority = pieces[0]
        var user: String?
        var password: String?
        if let at = authority.lastIndex(of: "@") {
            let words = authority[..<at].split(
                separator: ":",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let last = words.last.flatMap({ decoded($0) }), !last.isEmpty else { return nil }
            password = last
            if words.count == 2, !words[0].isEmpty {
                guard let name = decoded(words[0]) else { return nil }
                user = name
            }
            authority = authority[authority.index(after: at)...]
        }
        var port = 6_379
        let host: Substring
        if authority.first == "[", let end = authority.firstIndex(of: "]") {
            host = authority[...end]
            authority = authority[authority.index(after: end)...]
        } else {
            host = authority.prefix { $0 != ":" }
            authority = authority[host.endIndex...]
        }
        if authority.first == ":" {
            guard let number = number(authority.dropFirst(), 1...65_535) else { return nil }
            port = number
            authority = ""
        }
        guard authority.isEmpty, isHost(host) else { return nil }
        return (String(host), port, user, password, database)
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ 48...57 ~= $0 }), let value = Int(text), range ~= value else {
            return nil
        }
        return value
    }

    private static func isHost(_ host: Substring) -> Bool {
        var name = host.utf8[...]
        let isBracketed = name.first == 91
        if isBracketed { name = name.dropFirst().dropLast() }
        return 1...253 ~= name.count
            && name.allSatisfy { byte in
                switch byte {
                case 48...57, 97...122, 65...90, 45, 46, 95: true
                case 58: isBracketed
                default: false
                }
            }
    }

    private static func isHere(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Nil for a wrong encoding and for what is too long.
    private static func decoded(_ text: Substring) -> String? {
        PercentEncoding.decoded(text).flatMap { $0.utf8.count <= wordLimit ? $0 : nil }
    }
}
