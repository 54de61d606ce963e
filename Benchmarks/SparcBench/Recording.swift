import Domain
import TestSupport

/// A recording of one camera by its stamps.
struct Recording: Sendable {
    var audit: StampAudit
    /// Send times around each hole between two pictures that follow each other.
    var holes: [Range<WallTime>] = []

    /// - Parameter stamps: In playing order.
    init(_ stamps: [PictureStamp]) {
        audit = StampAudit(stamps)
        for (left, right) in zip(stamps, stamps.dropFirst())
        where right.picture > left.picture + 1 && right.sentAt > left.sentAt {
            holes.append(left.sentAt..<right.sentAt)
        }
    }

    /// Holes that no gap touches: a loss that nobody was told of.
    func unexplained(_ gaps: [Range<WallTime>]) -> [Range<WallTime>] {
        holes.filter { hole in
            // A gap's ends are wall times of arrival, a little after those of sending.
            let wide =
                hole.lowerBound.adding(
                    milliseconds: -500
                )..<hole.upperBound.adding(
                    milliseconds: 500
                )
            return !gaps.contains { $0.overlaps(wide) }
        }
    }
}
