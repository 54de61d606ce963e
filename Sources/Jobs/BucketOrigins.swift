package import ObjectStore

/// The rule of the bucket by which pages of the console's origins may read footage from it, as they
/// do where `S3_DIRECT_PLAYBACK` is on. Other people's rules stay.
package struct BucketOrigins: Sendable {
    private static let id = "sparc-playback"
    /// Seconds that a browser need not ask again whether it may.
    private static let maximumAge = 3_600

    private let store: any OriginStoring

    package init(store: any OriginStoring) {
        self.store = store
    }

    /// Whether a text is an origin: scheme, host and port, as browsers send it.
    package static func isOrigin(_ text: String) -> Bool {
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            let authority = text.dropFirst(scheme.count)
            return !authority.isEmpty && authority.utf8.count <= 255
                && authority.utf8.allSatisfy {
                    97...122 ~= $0 || 48...57 ~= $0 || "-.:[]".utf8.contains($0)
                }
        }
        return false
    }

    /// Puts the rule in place of the one that there is.
    /// - Returns: Whether it was another one.
    package func apply(_ origins: [String]) async throws -> Bool {
        let rules = try await store.originRules()
        let wanted = Self.rule(origins)
        guard Self.own(rules) != [wanted.encoded] else { return false }
        try await store.replaceOriginRules(rules.filter { $0["ID"] != Self.id } + [wanted])
        return true
    }

    /// Whether the rule is there as it should be.
    package func check(_ origins: [String]) async throws -> Bool {
        Self.own(try await store.originRules()) == [Self.rule(origins).encoded]
    }

    /// Our rules in one form: a store may give the parts in another order.
    private static func own(_ rules: [S3XML]) -> [String] {
        rules.filter { $0["ID"] == id }.map { rule in
            S3XML(rule.name, "", sorted(rule.children)).encoded
        }
    }

    private static func rule(_ origins: [String]) -> S3XML {
        let parts =
            [S3XML("ID", id), S3XML("MaxAgeSeconds", String(maximumAge))]
            + origins.map { S3XML("AllowedOrigin", $0) }
            + ["GET", "HEAD"].map { S3XML("AllowedMethod", $0) }
            + [S3XML("AllowedHeader", "range")]
            + ["Content-Length", "Content-Range"].map { S3XML("ExposeHeader", $0) }
        return S3XML("CORSRule", "", sorted(parts))
    }

    private static func sorted(_ parts: [S3XML]) -> [S3XML] {
        parts.sorted { ($0.name, $0.text) < ($1.name, $1.text) }
    }
}
