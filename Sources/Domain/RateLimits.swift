/// How many requests of a kind a principal and an organisation may make, and an address of whoever
/// is not known.
package struct RateLimits: Hashable, Sendable {
    /// Seconds in which so many may be made, and after which they all may be again.
    package static let window: Int64 = 60
    /// A page with 64 pictures asks for 32 playlists a second, and reads a few times.
    package static let standard = RateLimits(
        reads: 6_000,
        writes: 600,
        playlists: 12_000,
        unknown: 600
    )
    /// No limit at all.
    package static let none = RateLimits(reads: 0, writes: 0, playlists: 0)

    /// Requests of a principal in a window; 0: no limit.
    package var reads: Int
    package var writes: Int
    package var playlists: Int
    /// How many times as many all principals of an organisation may make together.
    package var tenantFactor: Int

    /// Requests of an address in a window that show no valid credential; 0: no limit. An office
    /// behind one address logs in with three requests a person.
    package var unknown: Int

    package init(
        reads: Int,
        writes: Int,
        playlists: Int,
        tenantFactor: Int = 10,
        unknown: Int = 0
    ) {
        self.reads = reads
        self.writes = writes
        self.playlists = playlists
        self.tenantFactor = tenantFactor
        self.unknown = unknown
    }

    /// Those of a principal; 0: no limit.
    package func requests(_ kind: RequestKind) -> Int {
        switch kind {
        case .reads: reads
        case .writes: writes
        case .playlists: playlists
        }
    }
}
