import Domain

/// How audio gets into runs: behind the first picture, in front of the picture it belongs to, so
/// that the last unit of a run is always a picture.
extension TimeSanitizer {
    /// Puts a frame on the camera's timeline; it waits there for its picture.
    mutating func placeAudio(_ unit: MediaUnit, at arrival: Arrival) {
        let now = arrival.monotonic.ticks
        guard let time = audio?.extended(unit.rtpTimestamp), let rate = audio?.rate,
            let latency = clock.latency.value
        else { return }
        let reported = reports.media(ofAudio: time, rate: rate, at: now)
        let received = audio?.receive(
            unit,
            at: now,
            expected: now - latency,
            reported: reported
        )
        if audio?.isRateWrong == true, !warnedOfAudioRate {
            warnedOfAudioRate = true
            put(.warning(.audioRateWrong))
        }
        guard let frame = received ?? nil else { return }
        pendingAudio.append(frame)
        if pendingAudio.count > TimeLimits.pendingAudio {
            pendingAudio.removeFirst()
            tally.audioBeforeVideo += 1
        }
    }

    /// Puts out the audio that lies before a point of the run.
    ///
    /// - Parameters:
    ///   - end: On the run's timeline.
    ///   - first: Of the run's first picture, on the camera's timeline.
    ///   - base: What lies at zero of the run's timeline.
    mutating func putAudio(before end: Int64, first: Int64, base: Int64) {
        let count = pendingAudio.prefix { $0.media - base < end }.count
        for frame in pendingAudio[..<count] {
            guard frame.media >= first else {
                tally.audioBeforeVideo += 1
                continue
            }
            let time = MediaTime(ticks: frame.media - base)
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
