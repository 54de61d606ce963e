/// Follows one source's sequence numbers and counts what is missing (RFC 3550 appendix A.1, made
/// simpler because TCP does not reorder).
struct SequenceTracker {
    /// How far back a number may lie and still be a late or repeated packet.
    static let lateLimit: UInt16 = 100
    /// Packets in a row from another source before it is taken for the track's new one; a dead
    /// session's packets on the same channel stay outside.
    static let foreignLimit = 8

    /// The source that is followed, once a packet has come.
    private(set) var source: UInt32?
    private var next: UInt16 = 0
    private var late: UInt16?
    private var foreign: (source: UInt32, count: Int)?

    /// What a packet is.
    enum Verdict: Equatable {
        case inOrder
        /// So many packets before it never came.
        case afterLoss(Int)
        /// Late, repeated, or from another source: not to be used.
        case ignored
    }

    mutating func receive(sequence: UInt16, source from: UInt32) -> Verdict {
        guard let source else {
            source = from
            next = sequence &+ 1
            return .inOrder
        }
        guard from == source else { return receiveForeign(sequence, from) }
        foreign = nil
        let ahead = sequence &- next
        if ahead == 0 {
            late = nil
            next = sequence &+ 1
            return .inOrder
        }
        if ahead < 0x8000 {
            late = nil
            next = sequence &+ 1
            return .afterLoss(Int(ahead))
        }
        // Two late ones in a row are a sender that has started anew.
        if next &- sequence <= Self.lateLimit, late != sequence {
            late = sequence &+ 1
            return .ignored
        }
        late = nil
        next = sequence &+ 1
        return .afterLoss(1)
    }

    private mutating func receiveForeign(_ sequence: UInt16, _ from: UInt32) -> Verdict {
        let count = foreign?.source == from ? (foreign?.count ?? 0) + 1 : 1
        guard count >= Self.foreignLimit else {
            foreign = (from, count)
            return .ignored
        }
        foreign = nil
        late = nil
        source = from
        next = sequence &+ 1
        return .afterLoss(count)
    }
}
