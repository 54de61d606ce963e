internal import Domain

/// What is missing in front of the next chunk, kept until a chunk that says so lies on the disk.
///
/// A value. A chunk tells its gap in its header, and that header can be lost: the disk's queue was
/// full, or the disk failed. The next chunk then tells both gaps as one, with the first's reason.
struct UntoldGap: Sendable {
    /// What the next chunk has to tell.
    private(set) var next: Gap?
    /// Told by chunks that are on their way to the disk.
    private var handedOver: [Gap] = []

    /// A run begins at `start`; `gap` is in front of it, and what was cut from `lostSince` on did
    /// not reach the disk.
    mutating func begin(at start: WallTime, gap: Gap?, lostSince: WallTime?) {
        var parts = [next, gap].compactMap { $0 }
        if let lostSince {
            parts.append(Gap(start: lostSince, end: start, reason: gap?.reason ?? .diskFull))
        }
        // The host's clock may have been set back meanwhile.
        parts.removeAll { $0.start >= start }
        next = parts.map(\.start).min().map { first in
            Gap(start: first, end: start, reason: parts[0].reason)
        }
    }

    /// A chunk with `next` in its header was queued for the disk.
    mutating func handOver() {
        if let next { handedOver.append(next) }
        next = nil
    }

    /// The disk has everything up to a moment.
    mutating func wrote(until: WallTime) {
        handedOver.removeAll { $0.end < until }
    }

    /// The disk gave up what it did not have yet.
    mutating func failed() {
        guard let first = handedOver.first else { return }
        let end = next?.end ?? handedOver[handedOver.count - 1].end
        next = Gap(start: first.start, end: max(first.end, end), reason: first.reason)
        handedOver.removeAll()
    }
}
