import Domain

/// When a camera takes its pictures and audio frames. It runs in real time from the farm's start
/// whether or not anybody looks, so a picture's number tells what was missed meanwhile.
struct PictureClock: Hashable, Sendable {
    /// When picture 0 was due, on the monotonic clock.
    var origin: MonotonicTime
    /// The same moment in UTC. Wall time is always counted from it: the stamps never step.
    var wallOrigin: WallTime
    var pictureRate: Int

    func due(picture: Int) -> MonotonicTime {
        MonotonicTime(
            nanoseconds: origin.nanoseconds + Int64(picture) * 1_000_000_000 / Int64(pictureRate)
        )
    }

    func due(audioFrame: Int, sampleRate: Int) -> MonotonicTime {
        let samples = Int64(audioFrame) * 1_024
        return MonotonicTime(
            nanoseconds: origin.nanoseconds + samples * 1_000_000_000 / Int64(sampleRate)
        )
    }

    /// The first picture that is due after `now`.
    func nextPicture(after now: MonotonicTime) -> Int {
        let elapsed = max(0, now.nanoseconds - origin.nanoseconds)
        return Int(elapsed * Int64(pictureRate) / 1_000_000_000) + 1
    }

    /// The first audio frame that is due at or after `moment`.
    func nextAudioFrame(from moment: MonotonicTime, sampleRate: Int) -> Int {
        let elapsed = max(0, moment.nanoseconds - origin.nanoseconds)
        return Int(elapsed * Int64(sampleRate) / 1_024_000_000_000) + 1
    }

    func wall(_ moment: MonotonicTime) -> WallTime {
        WallTime(
            microseconds: wallOrigin.microseconds
                + (moment.nanoseconds - origin.nanoseconds) / 1_000
        )
    }

    /// What a track's clock shows at a moment, from 0 at the origin.
    func ticks(_ moment: MonotonicTime, rate: Int) -> Int64 {
        let elapsed = moment.nanoseconds - origin.nanoseconds
        return elapsed / 1_000_000_000 * Int64(rate)
            + elapsed % 1_000_000_000 * Int64(rate) / 1_000_000_000
    }
}
