import Domain

/// How audio gets into runs: behind the first picture, in front of the picture it belongs to, so
/// that the last unit of a run is always a picture.
extension TimeSanitizer {
    /// Puts a frame on the camera's timeline; it waits there for its picture.
    mutating func placeAudio(_ unit: MediaUnit, at arrival: Arrival) {
        let now = arrival.monotonic.ticks
        guard var clock = audio, let latency = self.clock.latency.value else { return }
        let reported = reports.media(
            ofAudio: clock.extended(unit.rtpTimestamp),
            rate: clock.rate,
            at: now
        )
        let frame = clock.receive(
            unit,
            at: now,
            expected: now - latency,
            reported: reported
        )
        audio = clock
        if clock.isRateWrong, !warnedOfAudioRate {
            warnedOfAudioRate = true
            put(.warning(.audioRateWrong))
        }
        guard let frame else { return }
        pendingAudio.append(frame)
        if pendingAudio.count > TimeLimits.pendingAudio {
            pendingAudio.removeFirst()
            tally.audioBeforeVideo += 1
        }
    }

    /// Puts out the audio that lies before a point of the run.
    mutating func putAudio(before end: Int64, in open: OpenRun) {
        let count = pendingAudio.prefix { $0.media - open.base < end }.count
        for frame in pendingAudio[..<count] {
            guard frame.media >= open.first else {
                tally.audioBeforeVideo += 1
                continue
            }
            let time = MediaTime(ticks: frame.media - open.base)
            put(
                .unit(
                    TimedUnit(
                        unit: frame.unit,
                        decode: time,
                        presentation: time,
                        duration: MediaTime(ticks: frame.duration),
                        nextIsKey: false
                    )
                )
            )
        }
        pendingAudio.removeFirst(count)
    }
}
