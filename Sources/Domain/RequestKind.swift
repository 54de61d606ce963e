/// What a request costs: each kind has limits of its own, so that a page that watches is not stopped
/// by a script that writes.
package enum RequestKind: String, Sendable, Hashable, CaseIterable {
    case reads
    case writes
    /// Of video. What they lead to is signed, and counted by nobody.
    case playlists
}
