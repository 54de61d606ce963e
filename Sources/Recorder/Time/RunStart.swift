package import Domain

/// The head of a run: pictures on one unbroken timeline with one set of parameters.
///
/// Wall time is linear in media time for all of the run: the unit decoded at `t` was taken at
/// `start + t`.
package struct RunStart: Hashable, Sendable {
    /// When the first picture was taken: its arrival less the jitter seen in the arrivals around
    /// it. The camera's own clock has no part in it.
    package var start: WallTime
    package var reason: RunReason
    /// What is missing between the run before and this one; nil when nothing is. Ends at `start`.
    package var gap: Gap?
    /// What the camera's sender reports say the time was; for information only.
    package var cameraTime: WallTime?
    /// The host's clock was set back: these dates were used before. The new date stands, because
    /// it is the host's best knowledge and names never depend on it; a list ordered by date must
    /// order by run and sequence within an epoch.
    package var repeatsDates: Bool

    package init(
        start: WallTime,
        reason: RunReason,
        gap: Gap?,
        cameraTime: WallTime?,
        repeatsDates: Bool
    ) {
        self.start = start
        self.reason = reason
        self.gap = gap
        self.cameraTime = cameraTime
        self.repeatsDates = repeatsDates
    }
}
