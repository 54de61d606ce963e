package import Domain

/// What a camera plays, as far as its SDP tells.
package struct RTSPDescription: Hashable, Sendable {
    /// Complete only when the SDP holds good parameter sets; else `.parameters` follows in-band.
    package var video: VideoParameters?
    /// The coding of the video track; a session without a video track fails instead.
    package var hasVideo: VideoCodec?
    /// The AAC track, if there is one.
    package var audio: AudioParameters?
    /// RTP ticks per second of the video track: 90,000 unless the SDP says otherwise.
    package var videoClockRate: Int
    /// What is offered and not recorded, in words for a person.
    package var warnings: [String]

    package init(
        video: VideoParameters? = nil,
        hasVideo: VideoCodec? = nil,
        audio: AudioParameters? = nil,
        videoClockRate: Int = 90_000,
        warnings: [String] = []
    ) {
        self.video = video
        self.hasVideo = hasVideo
        self.audio = audio
        self.videoClockRate = videoClockRate
        self.warnings = warnings
    }
}
