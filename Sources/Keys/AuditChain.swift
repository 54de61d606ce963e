internal import Crypto

/// Walks along the chain of an audit log: each hash is of the one before and of its entry.
///
/// Whoever changes, removes, adds or moves an entry has to make all hashes behind it anew; that shows
/// at the first head that is known from elsewhere, see `AuditAnchor`.
package struct AuditChain: Hashable, Sendable {
    /// What the first entry is chained to.
    package static let beginning = [UInt8](repeating: 0, count: 32)

    /// Where the walk is: the last entry that fitted.
    package private(set) var position: Int64 = 0
    package private(set) var hash = AuditChain.beginning

    package init() {}

    /// The next entry: whether it belongs there. After one that does not, the walk goes on from the
    /// hash that it claims, so that one damage is told once.
    package mutating func follows(position: Int64, body: String, hash claimed: [UInt8]) -> Bool {
        var hasher = SHA256()
        hasher.update(data: hash)
        hasher.update(data: Array(body.utf8))
        let fits = position == self.position + 1 && Array(hasher.finalize()) == claimed
        self.position = position
        hash = claimed
        return fits
    }
}
