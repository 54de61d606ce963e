/// The steps of giving up a chunk that is not registered, in order; each may be repeated after a
/// crash. The numbers are those in the comments of `ChunkDropping`.
package enum DroppingStep: Int, Sendable, Hashable, CaseIterable {
    /// Mark the drop durably: from here on the chunk is never shipped.
    case mark = 1
    /// Take it out of all lists, with a gap in its place.
    case withdraw = 2
    /// Delete the media file and the seal.
    case delete = 3
    /// Tell the coordinator, which commits the gap and an event.
    case tell = 4
    /// Remove the mark.
    case forget = 5

    /// The word for logs and metrics.
    package var name: String {
        switch self {
        case .mark: "mark"
        case .withdraw: "withdraw"
        case .delete: "delete"
        case .tell: "tell"
        case .forget: "forget"
        }
    }
}
