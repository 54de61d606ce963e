package import Domain

/// What the stamps in a recording say: which pictures are there, missing or twice.
package struct StampAudit: Sendable, CustomStringConvertible {
    package var first: UInt64?
    package var last: UInt64?
    package var count = 0
    package var repeated: [UInt64] = []
    package var missing: [UInt64] = []
    package var outOfOrder = 0

    /// - Parameter stamps: In playing order.
    package init(_ stamps: [PictureStamp]) {
        var seen: Set<UInt64> = []
        var previous: UInt64?
        for stamp in stamps {
            if !seen.insert(stamp.picture).inserted { repeated.append(stamp.picture) }
            if let previous, stamp.picture < previous { outOfOrder += 1 }
            previous = stamp.picture
        }
        count = stamps.count
        first = seen.min()
        last = seen.max()
        if let first, let last {
            missing = (first...last).filter { !seen.contains($0) }
        }
    }

    /// Every picture from the first to the last exactly once, in order.
    package var isComplete: Bool {
        count > 0 && repeated.isEmpty && missing.isEmpty && outOfOrder == 0
    }

    package var description: String {
        "\(count) pictures, \(first.map(String.init) ?? "-")...\(last.map(String.init) ?? "-"), "
            + "missing \(missing.count) \(missing.prefix(5)), repeated \(repeated.count), "
            + "out of order \(outOfOrder)"
    }
}
