internal import CFFmpeg
package import Domain

/// Writes one chunk: ftyp and moov, then fragments (`moof` and `mdat`) on demand.
///
/// It owns a libavformat context with its packet and output buffer; `deinit` frees them. All calls
/// come from one thread at a time; no pointer outlives a call. Decode times go to the file as they
/// are (`tfdt`), so that a later muxer continues the same run's timeline. Equal parameters give
/// equal `initialization` bytes: no date, no library version, no edit list.
@safe
package struct FragmentMuxer: ~Copyable {
    /// ftyp and moov: the front of the chunk, and its EXT-X-MAP range.
    package let initialization: [UInt8]
    /// Units appended since the last flush. The owner flushes at `FragmentLimits.units`.
    package private(set) var pendingUnits = 0
    /// Bytes of those units.
    package private(set) var pendingBytes = 0

    private let handles: MuxerHandles
    private let audioRate: Int64
    private var lastVideo: Int64 = -1
    private var lastAudio: Int64 = -1

    /// Opens a muxer and makes the initialization bytes.
    ///
    /// Errors: `badParameters` for a picture size, sample rate or configuration record that no mp4
    /// file can hold.
    package init(
        video: VideoParameters,
        audio: AudioParameters?
    ) throws(MediaIOError) {
        try Self.check(video, audio)
        let handles = try MuxerHandles()
        try handles.addVideo(video)
        if let audio { try handles.addAudio(audio) }
        try handles.writeHeader()
        let front = handles.sink.take()
        guard !front.isEmpty else {
            throw MediaIOError(.badParameters, "no movie header came out for these parameters")
        }
        self.handles = handles
        audioRate = Int64(audio?.sampleRate ?? 0)
        initialization = front
    }

    /// Adds one picture or audio frame.
    ///
    /// `decode` rises within a track; one that does not is moved one tick behind the last.
    /// Errors: `badUnit`, and nothing is added; `library`, and the muxer is of no more use.
    package mutating func append(
        _ track: TrackKind,
        bytes: [UInt8],
        decode: MediaTime,
        presentation: MediaTime,
        duration: MediaTime,
        isKey: Bool
    ) throws(MediaIOError) {
        let limit = FragmentLimits.spanTicks
        guard !bytes.isEmpty, bytes.count <= FragmentLimits.unitBytes,
            (0...FragmentLimits.decodeTicks).contains(decode.ticks),
            (0...limit).contains(presentation.ticks &- decode.ticks),
            (0...limit).contains(duration.ticks),
            pendingUnits <= FragmentLimits.units
        else { throw MediaIOError(.badUnit, "a \(track.rawValue) unit is out of range") }
        switch track {
        case .video:
            let time = max(decode.ticks, lastVideo + 1)
            try handles.write(
                bytes,
                stream: 0,
                decode: time,
                presentation: max(time, presentation.ticks),
                duration: max(1, duration.ticks),
                isKey: isKey
            )
            lastVideo = time
        case .audio:
            guard audioRate > 0 else {
                throw MediaIOError(.badUnit, "an audio unit came for a file without audio")
            }
            // An ADTS header: the library would rewrite the track in a way that no longer fits
            // the movie header already written.
            guard bytes.count < 2 || bytes[0] != 0xff || bytes[1] & 0xf0 != 0xf0 else {
                throw MediaIOError(.badUnit, "an audio frame has an ADTS header")
            }
            let time = max(samples(decode.ticks), lastAudio + 1)
            try handles.write(
                bytes,
                stream: 1,
                decode: time,
                presentation: time,
                duration: max(1, samples(decode.ticks &+ duration.ticks) - time),
                isKey: true
            )
            lastAudio = time
        }
        pendingUnits += 1
        pendingBytes += bytes.count
    }

    /// The fragment of everything appended since the last flush; empty when nothing was.
    package mutating func flushFragment() throws(MediaIOError) -> [UInt8] {
        guard pendingUnits > 0 else { return [] }
        try handles.flush()
        pendingUnits = 0
        pendingBytes = 0
        return handles.sink.take()
    }

    /// Ticks of the media clock as audio samples, rounded to the nearest: exact for frames whose
    /// times came from samples, because half a tick is less than half a sample.
    private func samples(_ ticks: Int64) -> Int64 {
        (ticks * audioRate + MediaTime.ticksPerSecond / 2) / MediaTime.ticksPerSecond
    }

    private static func check(
        _ video: VideoParameters,
        _ audio: AudioParameters?
    ) throws(MediaIOError) {
        let sides = 1...FragmentLimits.pictureSide
        guard sides.contains(video.width), sides.contains(video.height) else {
            throw MediaIOError(.badParameters, "the picture size is out of range")
        }
        // Both records are longer than 6 bytes and begin with version 1: anything else would be
        // taken for raw parameter sets and parsed by the library.
        let record = video.configurationRecord
        guard (7...FragmentLimits.configurationBytes).contains(record.count), record[0] == 1 else {
            throw MediaIOError(.badParameters, "the video's configuration record is not valid")
        }
        guard let audio else { return }
        guard (2...FragmentLimits.configurationBytes).contains(audio.configuration.count),
            (7_350...96_000).contains(audio.sampleRate), (1...8).contains(audio.channels)
        else {
            throw MediaIOError(.badParameters, "the audio's configuration is not valid")
        }
    }
}
