/// What the sanitiser had to do, counted since its start; for metrics and tests.
package struct TimeCounters: Hashable, Sendable {
    /// Pictures in front of the first key picture of a run.
    package var picturesBeforeKey = 0
    /// Single pictures with a wild time stamp that got one between their neighbours.
    package var picturesRestamped = 0
    /// Lasting jumps of the camera's time stamps.
    package var jumps = 0
    /// Pictures timed by arrival.
    package var picturesTimedByArrival = 0
    /// Pictures shown later than stamped, because they were reordered more deeply than known.
    package var presentationsMoved = 0
    /// Audio frames in front of the first picture of a run.
    package var audioBeforeVideo = 0
    /// Audio frames dropped because their time was taken already.
    package var audioDropped = 0
    /// Times the audio was tied to the video anew within a run.
    package var audioReanchored = 0
    /// New runs that were due but held back by the limit on restarts.
    package var restartsHeldBack = 0

    package init() {}
}
