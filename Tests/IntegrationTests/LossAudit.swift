import Domain
import TestSupport

/// One kill: what, when, and when the recording processes were there again.
struct Outage: Sendable, CustomStringConvertible {
    let what: String
    let reason: GapReason
    let killed: WallTime
    let back: WallTime

    var down: Double { LossAudit.seconds(back - killed) }

    var description: String {
        "\(what) at \(killed), back after \(LossAudit.rounded(down)) s"
    }
}

/// Compares the pictures that are missing in a recording with the outages and with the gaps that
/// the timeline shows.
struct LossAudit: Sendable {
    struct Loss: Sendable {
        let outage: Outage?
        let start: WallTime
        let end: WallTime

        var seconds: Double { LossAudit.seconds(end - start) }
    }

    /// How far dates of the recording and of the camera's stamps may be apart: the stamp is made
    /// when a picture is due, the date when it arrives.
    static let tolerance = Int64(500)
    /// Between two pictures of the demo clips.
    private static let pictureMilliseconds = Int64(50)

    let losses: [Loss]
    /// Losses without an outage, and those that no gap with the right reason covers.
    let violations: [String]

    init(_ stamps: [PictureStamp], _ outages: [Outage], _ timeline: Viewer.Timeline) {
        var losses: [Loss] = []
        var violations: [String] = []
        for (before, after) in zip(stamps, stamps.dropFirst())
        where after.picture > before.picture + 1 {
            let start = before.sentAt.adding(milliseconds: Self.pictureMilliseconds)
            let end = after.sentAt
            // The kill lies within the loss; only one that took what was not on the disk yet lies
            // after it, by less than a GOP and the second between two syncs.
            let outage =
                outages.first { start <= $0.killed && $0.killed <= end }
                ?? outages.last {
                    $0.killed.adding(milliseconds: -3_500) <= before.sentAt
                        && before.sentAt <= $0.back
                }
            let loss = Loss(outage: outage, start: start, end: end)
            losses.append(loss)
            guard let outage else {
                violations.append("lost \(start) to \(after.sentAt) without an outage")
                continue
            }
            // Shorter than the dates of two runs may differ by: they may meet without a gap.
            if end <= start.adding(milliseconds: Self.tolerance) { continue }
            let covered = timeline.gaps.contains { gap in
                gap.reason == outage.reason
                    && gap.start <= start.adding(milliseconds: Self.tolerance)
                    && gap.end >= after.sentAt.adding(milliseconds: -Self.tolerance)
            }
            if !covered {
                let near = timeline.gaps.filter { $0.end >= start && $0.start <= after.sentAt }
                violations.append(
                    "\(outage): lost \(start) to \(after.sentAt), gaps there: \(near)"
                )
            }
        }
        self.losses = losses
        self.violations = violations
    }

    static func seconds(_ time: MediaTime) -> Double {
        Double(time.ticks) / Double(MediaTime.ticksPerSecond)
    }

    static func rounded(_ seconds: Double) -> Double {
        (seconds * 100).rounded() / 100
    }
}
