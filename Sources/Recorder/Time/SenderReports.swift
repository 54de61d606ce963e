import Domain

/// The last sender report of each track: what the camera says its clocks have to do with each
/// other (RFC 3550 6.4.1).
struct SenderReports: Sendable {
    private struct Report: Sendable {
        /// NTP time, ticks of 1/90,000 s since 1900.
        var ntp: Int64
        /// Video: the camera's timeline. Audio: unwrapped RTP stamp.
        var position: Int64
        var arrival: Int64
    }

    private var video: Report?
    private var audio: Report?

    mutating func noteVideo(ntp: UInt64, media: Int64, at arrival: Int64) {
        video = Self.ticks(ntp).map { Report(ntp: $0, position: media, arrival: arrival) }
    }

    mutating func noteAudio(ntp: UInt64, raw: Int64, at arrival: Int64) {
        audio = Self.ticks(ntp).map { Report(ntp: $0, position: raw, arrival: arrival) }
    }

    /// Where an audio stamp lies on the camera's timeline; nil unless both tracks reported lately,
    /// and the stamp is near the audio's report.
    ///
    /// `rate` is 1...2^32, so that no product overflows.
    func media(ofAudio raw: Int64, rate: Int64, at arrival: Int64) -> Int64? {
        guard let video, let audio, isFresh(video, arrival), isFresh(audio, arrival) else {
            return nil
        }
        let distance = raw &- audio.position
        guard distance.magnitude <= UInt64(TimeLimits.senderReportReach &* rate) else { return nil }
        let ntp = audio.ntp &+ distance &* MediaTime.ticksPerSecond / rate
        return video.position &+ ntp &- video.ntp
    }

    /// The camera's own date of a point of its timeline.
    func cameraTime(of media: Int64, at arrival: Int64) -> WallTime? {
        guard let video, isFresh(video, arrival) else { return nil }
        // 1900 to 1970, RFC 5905 figure 4.
        let epoch = WallTime(seconds: -2_208_988_800)
        return epoch + MediaTime(ticks: video.ntp &+ media &- video.position)
    }

    private func isFresh(_ report: Report, _ arrival: Int64) -> Bool {
        arrival - report.arrival <= TimeLimits.senderReportAge.ticks
    }

    /// Zero is what cameras send that have no clock.
    private static func ticks(_ ntp: UInt64) -> Int64? {
        guard ntp >> 32 != 0 else { return nil }
        let seconds = Int64(ntp >> 32) * MediaTime.ticksPerSecond
        let fraction = (ntp & 0xFFFF_FFFF) * UInt64(MediaTime.ticksPerSecond)
        return seconds + Int64(fraction >> 32)
    }
}
