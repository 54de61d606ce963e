/// Whether the clock that deletion goes by can be believed.
///
/// A clock that was set ahead by years would make all footage old at once. Each run looks at the
/// clock and compares it with the look before: runs follow each other hourly, so a longer step is
/// either a pause of the whole installation or a wrong clock. Nobody can tell the two apart, so
/// after such a step nothing is deleted until the clock has gone on evenly for `settling`: footage
/// stays half a day longer, and an operator has that long to set the clock right. A step back
/// deletes less, so it is believed at once.
///
/// What this does not see: a clock that is ahead by less than `stepLimit`. Footage then goes early
/// by as much as the clock is ahead.
package struct RetentionClock: Hashable, Sendable {
    /// Longest step between two looks that is believed, microseconds: 6 h. Five hourly runs may
    /// fail or be missed before deletion waits.
    package static let stepLimit: Int64 = 6 * 3_600_000_000
    /// How long a clock must go on evenly after a longer step, microseconds: 12 h, less than the
    /// day that a run may be late.
    package static let settling: Int64 = 12 * 3_600_000_000

    /// The clock at the last look.
    package var seenAt: WallTime
    /// Nothing is deleted while the clock is before this moment.
    package var trustedFrom: WallTime

    package init(seenAt: WallTime, trustedFrom: WallTime) {
        self.seenAt = seenAt
        self.trustedFrom = trustedFrom
    }

    /// After one more look.
    package func observing(_ now: WallTime) -> RetentionClock {
        let (step, overflow) = now.microseconds.subtractingReportingOverflow(seenAt.microseconds)
        if overflow || step > Self.stepLimit {
            // Time that the clock has gone on evenly since an earlier step counts, so that a
            // machine that is off every night deletes all the same.
            let left = isTrusted ? Self.settling : waiting
            return RetentionClock(seenAt: now, trustedFrom: now.later(by: left))
        }
        if step < -Self.stepLimit { return RetentionClock(seenAt: now, trustedFrom: now) }
        return RetentionClock(seenAt: now, trustedFrom: trustedFrom)
    }

    private var waiting: Int64 {
        let (wait, overflow) = trustedFrom.microseconds.subtractingReportingOverflow(
            seenAt.microseconds
        )
        return overflow ? Self.settling : min(Self.settling, wait)
    }

    /// Whether deletion may go by the last look.
    package var isTrusted: Bool {
        seenAt >= trustedFrom
    }
}

extension WallTime {
    fileprivate func later(by microseconds: Int64) -> WallTime {
        let (sum, overflow) = self.microseconds.addingReportingOverflow(microseconds)
        return WallTime(microseconds: overflow ? .max : sum)
    }
}
