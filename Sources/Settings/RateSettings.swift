package import Domain

extension SettingsReader {
    /// `SPARC_RATE_READS`, `SPARC_RATE_WRITES` and `SPARC_RATE_PLAYLISTS`: requests that one person or
    /// API key may make in a minute, 0: no limit. `SPARC_RATE_TENANT`: how many times as many all of
    /// an organisation may make together. `SPARC_RATE_UNKNOWN`: requests without a valid credential
    /// that one address may make in a minute, 0: no limit.
    package mutating func rateLimits() -> RateLimits {
        let range = 0...1_000_000
        let standard = RateLimits.standard
        return RateLimits(
            reads: integer("SPARC_RATE_READS", range, default: standard.reads),
            writes: integer("SPARC_RATE_WRITES", range, default: standard.writes),
            playlists: integer("SPARC_RATE_PLAYLISTS", range, default: standard.playlists),
            tenantFactor: integer("SPARC_RATE_TENANT", 1...1_000, default: standard.tenantFactor),
            unknown: integer("SPARC_RATE_UNKNOWN", range, default: standard.unknown)
        )
    }
}
