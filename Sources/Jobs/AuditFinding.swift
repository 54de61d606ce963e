package import Domain

/// Where an audit log is not what it was.
package struct AuditFinding: Hashable, Sendable, Encodable, CustomStringConvertible {
    /// What is wrong.
    package enum Kind: String, Sendable, Encodable {
        /// An entry was changed, or one before it removed, added or moved.
        case brokenChain = "broken_chain"
        /// An entry says that it is of another organisation or place.
        case misplaced
        /// The log ends before the head that the database keeps, or behind it.
        case wrongHead = "wrong_head"
        /// An anchor says another hash than the log has.
        case rewritten
        /// An anchor is of a place that the log does not have.
        case cut
        /// There are entries from hours ago and no anchor at all: the store is another one, or was
        /// emptied.
        case unanchored
        /// An object among the anchors is none of ours.
        case forgedAnchor = "forged_anchor"
    }

    package var tenant: TenantID
    /// Where; of a head or an anchor its own.
    package var position: Int64
    package var kind: Kind

    package var description: String {
        let what =
            switch kind {
            case .brokenChain:
                "entry \(position) does not fit the one before: one was changed, removed or added"
            case .misplaced: "entry \(position) says that it belongs elsewhere"
            case .wrongHead: "the log does not end where the database says, at \(position)"
            case .rewritten: "entry \(position) is not the one that the store's anchor is of"
            case .cut: "the store's anchor is of entry \(position), which the log does not have"
            case .unanchored: "no head of it is in the store, which should have one each hour"
            case .forgedAnchor: "the anchor of entry \(position) was not made by this installation"
            }
        return "organisation \(tenant): \(what)"
    }
}
