/// Why a run began. Not a reason for a gap: most of these lose nothing.
package enum RunReason: String, Sendable, Hashable, CaseIterable {
    /// The first run, or the first after `TimeSanitizer.interrupt`.
    case connected
    /// The picture size, coding or another parameter changed.
    case parameters
    /// Packets of the video were lost; the run before ended with the last whole picture.
    case packetLoss
    /// The camera sent no picture for longer than `TimeLimits.longestPicture`.
    case silence
    /// The camera's time stamps jumped for good, forwards, backwards or to zero.
    case timeJump
    /// The camera's clock drifted from ours by more than `TimeLimits.largestDrift`.
    case drift
    /// This host's wall clock was set.
    case hostClockStep
    /// Pictures turned out to be reordered more deeply than decode times allowed for.
    case reordering
}
