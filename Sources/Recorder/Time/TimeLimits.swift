package import Domain

/// Every number that the time rules stand on, with its reason.
package enum TimeLimits {
    /// The longest a picture is shown. A longer silence ends the run: a camera counts as gone after
    /// 5 s, and a segment, which holds at least one picture, must stay under 6 s.
    package static let longestPicture = MediaTime(milliseconds: 5_000)
    /// Without a picture for so long, a run is ended although its connection still stands. Longer
    /// than the 5 s after which a session is given up, so that a stall that ends loses nothing.
    static let silence = MediaTime(milliseconds: 10_000)
    /// A hole in the arrivals that counts as lost time when the time stamps jump as well.
    static let hole = MediaTime(milliseconds: 1_000)
    /// How far a stamp may run ahead of real time in one step: beyond the worst jitter that
    /// cameras put into stamps, below anything a viewer would call a jump.
    static let aheadOfRealTime = MediaTime(milliseconds: 1_000)
    /// How far a stamp may lie before the one in front of it and still be a reordered picture.
    static let reorderSpan = MediaTime(milliseconds: 1_000)
    /// Pictures with the same new timeline that make a jump a lasting one. Two could both be
    /// outliers; more would hold pictures back for longer.
    static let confirmations = 3
    /// Held pictures that agree with nothing: after these they are timed by arrival.
    static let suspects = 6
    /// Bytes of held pictures after which they are timed by arrival: a picture may be nearly as
    /// large as all that a camera may cost, 8 MB.
    static let suspectBytes = 2 << 20
    /// Difference between a run's dates and our clock that ends the run. Half a second is what a
    /// viewer notices against a door event.
    static let largestDrift = MediaTime(milliseconds: 500)
    /// A step of the host's clock: more than any slewing does between two pictures.
    static let hostClockStep: Int64 = 1_000_000
    /// How long a lowest latency is believed: longer than a stall of the network, shorter than
    /// the time a date may be wrong.
    static let latencyBucket = MediaTime(milliseconds: 10_000)
    /// The same for audio, where a mistake costs a few frames only.
    static let audioLatencyBucket = MediaTime(milliseconds: 5_000)
    /// How far the pictures of a new connection may run ahead of real time: a camera may send a
    /// stored group of pictures first.
    static let aheadAtFirst = MediaTime(milliseconds: 10_000)
    /// A step that is never a jump, whatever the arrivals say.
    static let plainStep = MediaTime(milliseconds: 500)
    /// However slowly pictures came so far: a step beyond this must agree with the arrivals, so that
    /// stamps cannot stretch the timeline without end.
    static let longestPlainStep = MediaTime(milliseconds: 60_000)
    /// Dates of two runs without a hole between them that differ by less are made to meet.
    static let meetingDates = MediaTime(milliseconds: 200)
    /// Arrival time for which the pictures of a new connection are held, to learn the latency (a
    /// camera may send a stored group of pictures at once) and the depth of reordering.
    static let probation = MediaTime(milliseconds: 300)
    /// Bytes held meanwhile at most, of the 8 MB that a camera may cost.
    static let probationBytes = 2 << 20
    /// Units held meanwhile at most.
    static let probationUnits = 512
    /// New runs for reasons of time within `restartWindow` before stamps are given up.
    static let restarts = 3
    static let restartWindow = MediaTime(milliseconds: 300_000)
    /// How long stamps must be steady before they are used again: longer than the period of the
    /// known fault that resets the clock every 13 s.
    static let steadyTime = MediaTime(milliseconds: 60_000)
    /// Deepest reordering followed: H.264 and H.265 allow 16 pictures.
    static let reorderDepth = 16
    /// Assumed between pictures until two have been seen.
    static let assumedPicture = MediaTime(milliseconds: 40)
    /// Difference between audio and video that is put right.
    static let audioDrift = MediaTime(milliseconds: 500)
    /// Difference between audio and video that the first sender reports put right: what is just
    /// noticed (ITU-R BT.1359).
    static let lipSync = MediaTime(milliseconds: 45)
    /// Age at which a sender report no longer says anything about its track.
    static let senderReportAge = MediaTime(milliseconds: 60_000)
    /// Seconds between the stamp in the audio's report and a stamp that is placed by it, at most:
    /// twice the age of a report. What is further away has jumped.
    static let senderReportReach: Int64 = 120
    /// Most that sender reports may move audio against its arrival and be believed.
    static let senderReportSkew = MediaTime(milliseconds: 2_000)
    /// Audio frames waiting for the picture they belong to, at most: 5 s at 48 kHz are 235.
    static let pendingAudio = 512
    /// Re-anchorings within `restartWindow` that make the audio's rate wrong.
    static let audioReanchors = 4
}
