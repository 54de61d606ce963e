internal import Domain
internal import MediaIO
internal import Spool

/// One chunk in the making: its muxer, and what the next fragment will be.
final class ChunkRecording {
    let ticket: ChunkTicket
    /// As it was asked for, but without the audio if no file can hold that.
    let run: RecordedRun
    let header: ChunkHeader
    /// Whether the disk was told to make the file. Done with the first fragment, so that no chunk
    /// is without one.
    var isOnDisk = false

    private var muxer: FragmentMuxer
    private var partStart: MediaTime
    private var videoEnd: MediaTime
    private var beginsSegment = true
    /// The worker has to look at the journal after the next fragment: it begins the chunk, or shows
    /// that the segment before it had ended.
    private var isNews = true
    private var partIsIndependent = false
    private var partHasVideo = false

    /// - Parameter start: Decode time of the next picture of the run.
    ///
    /// If the muxer refuses the run with its audio and takes it without, the chunk is without:
    /// compare `run.audio`.
    init(
        _ ticket: ChunkTicket,
        run: RecordedRun,
        start: MediaTime,
        gap: Gap?
    ) throws(MediaIOError) {
        var run = run
        do throws(MediaIOError) {
            muxer = try FragmentMuxer(video: run.video, audio: run.audio)
        } catch {
            guard run.audio != nil, error.code != .outOfMemory else { throw error }
            // Odd audio must not cost the pictures.
            run = run.withoutAudio
            muxer = try FragmentMuxer(video: run.video, audio: nil)
        }
        self.run = run
        let initialization = muxer.initialization
        var hash = FNV1a()
        hash.update(initialization)
        self.ticket = ticket
        header = ChunkHeader(
            identity: ticket.identity,
            run: run.id,
            start: run.start + start,
            mediaStart: start,
            codecs: run.codecs,
            width: run.video.width,
            height: run.video.height,
            initializationLength: initialization.count,
            initializationHash: hash.hexDigits,
            precedingGap: gap
        )
        partStart = start
        videoEnd = start
    }

    /// ftyp and moov.
    var initialization: [UInt8] {
        muxer.initialization
    }

    /// When the first picture that is not in a fragment yet was taken.
    var fragmentStart: WallTime {
        header.start + (partStart - header.mediaStart)
    }

    /// True when the next unit has to go into another fragment.
    var isFull: Bool {
        muxer.pendingUnits >= FragmentLimits.units
    }

    func append(_ unit: TimedUnit) throws(MediaIOError) {
        try muxer.append(
            unit.unit.track,
            bytes: unit.unit.bytes,
            decode: unit.decode,
            presentation: unit.presentation,
            duration: unit.duration,
            isKey: unit.unit.isKey
        )
        guard unit.unit.track == .video else { return }
        if !partHasVideo {
            partHasVideo = true
            partIsIndependent = unit.unit.isKey
        }
        videoEnd = max(videoEnd, unit.end)
    }

    /// What was appended since the last fragment; nil when nothing was.
    /// - Parameter endsSegment: The next fragment is the first of a segment.
    func takeFragment(endsSegment: Bool) throws(MediaIOError) -> Fragment? {
        let bytes = try muxer.flushFragment()
        guard !bytes.isEmpty else { return nil }
        let fragment = Fragment(
            bytes: bytes,
            start: partStart,
            duration: videoEnd - partStart,
            isIndependent: partIsIndependent,
            beginsSegment: beginsSegment,
            endsSegment: endsSegment,
            isBorder: isNews || endsSegment
        )
        isNews = false
        partStart = videoEnd
        partHasVideo = false
        partIsIndependent = false
        beginsSegment = endsSegment
        return fragment
    }

    /// The next fragment is the first of a segment, though the last one did not know.
    func beginSegment() {
        if !beginsSegment { isNews = true }
        beginsSegment = true
    }
}
