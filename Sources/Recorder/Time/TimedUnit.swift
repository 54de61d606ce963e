package import Domain

/// A picture or an audio frame with its place on the timeline of the run it belongs to.
///
/// Within a run and a track: decode times rise strictly, `presentation >= decode`,
/// `decode + duration` is the next unit's decode time for video, and at most that for audio.
package struct TimedUnit: Hashable, Sendable {
    package var unit: MediaUnit
    /// When a decoder takes it. The first picture of a run is at zero.
    package var decode: MediaTime
    /// When it is shown; later than `decode` only in streams with reordered pictures.
    package var presentation: MediaTime
    /// Always above zero and at most `TimeLimits.longestPicture`.
    package var duration: MediaTime
    /// The next picture of this run has come already and is a key picture: what is cut behind
    /// this unit may be closed now, without waiting for that picture. Never true for audio.
    package var nextIsKey: Bool

    package init(
        unit: MediaUnit,
        decode: MediaTime,
        presentation: MediaTime,
        duration: MediaTime,
        nextIsKey: Bool
    ) {
        self.unit = unit
        self.decode = decode
        self.presentation = presentation
        self.duration = duration
        self.nextIsKey = nextIsKey
    }

    /// Decode time of what follows.
    package var end: MediaTime {
        decode + duration
    }
}
