import Domain
import NIOCore

/// What a session plays: packets due by now, with the session's numbers and faults.
///
/// Confined to the farm's event loop.
final class MediaSession {
    static let reportInterval: Duration = .seconds(5)

    let camera: Int
    private let clock: PictureClock
    private let channel: any Channel
    private let ledger: FarmLedger
    private let aggregate: Bool
    private(set) var cursor: ClipCursor
    private(set) var video: TrackSender?
    private(set) var audio: TrackSender?
    private(set) var nextPicture: Int
    private var nextAudio = 0
    private var nextReport: MonotonicTime
    private var generator: SeededGenerator
    /// After a picture had to be dropped nothing can be decoded until the next key picture.
    private var dropsToKey = false
    var isStalled = false
    private var shiftSeconds = 0.0
    private var outlierSeconds: Double?
    private var lossRate = 0.0
    private var garbageBytes = 0

    /// Begins at the next key picture, as most cameras do, unless the URL says otherwise.
    init(
        camera: Int,
        clock: PictureClock,
        cursor: ClipCursor,
        channel: any Channel,
        ledger: FarmLedger,
        video: TrackSender?,
        audio: TrackSender?,
        url: RequestURL,
        generator: SeededGenerator,
        now: MonotonicTime
    ) {
        self.camera = camera
        self.clock = clock
        self.cursor = cursor
        self.channel = channel
        self.ledger = ledger
        self.video = video
        self.audio = audio
        aggregate = url.aggregate
        self.generator = generator
        nextReport = now
        nextPicture = clock.nextPicture(after: now)
        if !url.startsAnywhere {
            while !cursor.isKey(nextPicture) { nextPicture += 1 }
        }
        if let audio {
            nextAudio = clock.nextAudioFrame(
                from: clock.due(picture: nextPicture),
                sampleRate: audio.clockRate
            )
        }
    }

    /// `seq` and `rtptime` of RTP-Info, by track.
    var beginnings: [(track: Int, sequence: UInt16, timestamp: UInt32)] {
        let picture = Int64(nextPicture) * 90_000 / Int64(clock.pictureRate)
        return [
            video.map { (0, $0.sequence, $0.timestamp(picture)) },
            audio.map { (1, $0.sequence, $0.timestamp(Int64(nextAudio) * 1_024)) },
        ].compactMap(\.self)
    }

    /// Sends all that is due, with one flush.
    func advance(to now: MonotonicTime) {
        var hasWritten = false
        if now >= nextReport, !isStalled {
            nextReport = now + Self.reportInterval
            sendReports(now)
            hasWritten = true
        }
        while clock.due(picture: nextPicture) <= now {
            if sendPicture(now) { hasWritten = true }
            nextPicture += 1
        }
        if let rate = audio?.clockRate {
            while clock.due(audioFrame: nextAudio, sampleRate: rate) <= now {
                if sendAudio() { hasWritten = true }
                nextAudio += 1
            }
        }
        if hasWritten { channel.flush() }
    }

    private func sendPicture(_ now: MonotonicTime) -> Bool {
        guard !isStalled, video != nil else { return false }
        if dropsToKey, cursor.isKey(nextPicture) { dropsToKey = false }
        guard channel.isWritable, !dropsToKey else {
            dropsToKey = true
            ledger.note(camera: camera) { $0.picturesDropped += 1 }
            return false
        }
        let template = cursor.template(nextPicture, aggregate: aggregate)
        let due = clock.due(picture: nextPicture)
        var bytes = template.bytes
        let shift = shiftSeconds + (outlierSeconds ?? 0)
        outlierSeconds = nil
        let ticks =
            Int64(nextPicture) * 90_000 / Int64(clock.pictureRate)
            + Int64(template.compositionOffset) + Int64(shift * 90_000)
        video?.patch(&bytes, template, ticks: ticks)
        if let offset = template.stampOffset {
            let stamp = PictureStamp(
                camera: UInt32(camera),
                picture: UInt64(nextPicture),
                sentAt: clock.wall(due)
            )
            bytes.setBytes(stamp.payload.dropFirst(PictureStamp.marker.count), at: offset)
        }
        let size = write(bytes, template)
        let late = Double((now.nanoseconds - due.nanoseconds) / 1_000) / 1_000
        let picture = nextPicture
        let isLate = late > 1_000 / Double(clock.pictureRate)
        ledger.note {
            $0.cameras[camera].picturesSent += 1
            $0.cameras[camera].lastPicture = picture
            $0.cameras[camera].bytesSent += size
            if isLate { $0.picturesLate += 1 }
            if late > $0.latenessMaxMilliseconds { $0.latenessMaxMilliseconds = late }
        }
        return true
    }

    private func sendAudio() -> Bool {
        guard !isStalled, let rate = audio?.clockRate, channel.isWritable,
            !cursor.clip.audioPackets.isEmpty
        else { return false }
        let template = cursor.clip.audioPackets[nextAudio % cursor.clip.audioPackets.count]
        var bytes = template.bytes
        audio?.patch(
            &bytes,
            template,
            ticks: Int64(nextAudio) * 1_024 + Int64(shiftSeconds * Double(rate))
        )
        let size = write(bytes, template)
        ledger.note(camera: camera) { $0.bytesSent += size }
        return true
    }

    /// Writes the packets, less what the faults take and plus what they add; returns the size.
    private func write(_ bytes: ByteBuffer, _ template: PacketTemplate) -> Int {
        guard lossRate > 0 || garbageBytes > 0 else {
            channel.write(bytes, promise: nil)
            return bytes.readableBytes
        }
        var kept = ByteBuffer()
        var lost = 0
        for packet in template.packets {
            if lossRate > 0, Double.random(in: 0..<1, using: &generator) < lossRate {
                lost += 1
                continue
            }
            if let slice = bytes.getSlice(at: packet.offset, length: packet.length) {
                kept.writeImmutableBuffer(slice)
            }
            if garbageBytes > 0 {
                for _ in 0..<garbageBytes {
                    kept.writeInteger(UInt8(truncatingIfNeeded: generator.next()))
                }
                garbageBytes = 0
            }
        }
        let count = lost
        if count > 0 { ledger.note(camera: camera) { $0.packetsLost += count } }
        channel.write(kept, promise: nil)
        return kept.readableBytes
    }

    private func sendReports(_ now: MonotonicTime) {
        for track in [video, audio].compactMap(\.self) {
            let ticks =
                clock.ticks(now, rate: track.clockRate)
                + Int64(shiftSeconds * Double(track.clockRate))
            channel.write(track.report(wall: clock.wall(now), ticks: ticks), promise: nil)
        }
    }

    /// Takes on a fault of the stream; false if it is not one of the stream.
    func apply(_ fault: CameraFault) -> Bool {
        switch fault {
        case .stall: isStalled = true
        case .timestampJump(let seconds): shiftSeconds += seconds
        case .timestampOutlier(let seconds): outlierSeconds = seconds
        case .loss(let rate): lossRate = rate
        case .garbage(let count): garbageBytes = min(count, 65_536)
        case .keyInterval(let seconds):
            cursor.setKeyInterval(
                seconds: seconds,
                pictureRate: clock.pictureRate,
                from: nextPicture
            )
        case .resume:
            isStalled = false
            lossRate = 0
            if cursor.keyInterval != nil { cursor = ClipCursor(clip: cursor.clip) }
        default: return false
        }
        return true
    }

    /// Plays another clip of the same coding, from its first picture.
    func play(_ clip: Clip) {
        cursor = ClipCursor(clip: clip, start: nextPicture)
    }
}
