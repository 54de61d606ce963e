extension SettingsReader {
    /// Most origins of `CORS_ORIGINS`.
    private static let originLimit = 100

    /// `CORS_ORIGINS`: origins with commas between, as a browser writes them in `Origin`; none
    /// without it.
    package mutating func origins() -> [String] {
        let name = "CORS_ORIGINS"
        guard let text = text(name) else { return [] }
        let origins = text.split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        let wrong = origins.filter { !Self.isOrigin($0) }
        guard wrong.isEmpty, !origins.isEmpty, origins.count <= Self.originLimit else {
            report(
                name,
                origins.count > Self.originLimit
                    ? "has more than \(Self.originLimit) origins"
                    : "has \(wrong.count) parts that are no origin: scheme, host in small letters, "
                        + "port if it is not the usual one, no path and no *",
                "https://console.example.com,https://wall.example.com:8443"
            )
            return []
        }
        return origins
    }

    /// The serialisation of RFC 6454 section 6.2, which is compared byte for byte.
    private static func isOrigin(_ text: String) -> Bool {
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return false }
        let parts = text.dropFirst(isSecure ? 8 : 7).split(
            separator: ":",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        let host = parts[0].utf8
        let isHost = host.allSatisfy { 97...122 ~= $0 || 48...57 ~= $0 || $0 == 45 || $0 == 46 }
        guard isHost, host.first != 46, host.last != 46, 1...253 ~= host.count else { return false }
        guard parts.count == 2 else { return true }
        guard let port = Int(parts[1]), 1...65_535 ~= port, "\(port)" == parts[1] else {
            return false
        }
        // A browser leaves the usual port out.
        return port != (isSecure ? 443 : 80)
    }
}
