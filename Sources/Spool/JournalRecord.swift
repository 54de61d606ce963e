import Domain

/// One record of a journal and its bytes.
///
/// A journal is `SPRCJ001`, then records: length of the payload (4 bytes, big-endian), kind (1),
/// payload, CRC-32C of kind and payload (4). Kinds: 1 header (once, first), 2 fragment, 3 end (once,
/// last). A reader stops at the first record that is cut or whose CRC is wrong.
enum JournalRecord {
    case header(ChunkHeader)
    case fragment(FragmentRecord)
    case end(ChunkEnd)

    static let magic: [UInt8] = Array("SPRCJ001".utf8)
    /// Bytes around a payload.
    static let overhead = 9
    /// Longest payload; a larger length is damage.
    static let payloadLimit = 4_096
    /// Moments that a journal may name: 1970 to 9999. Every catalogue, playlist and message can say
    /// them. Records are written by a process that reads from the network, so nothing is believed.
    static let moments: ClosedRange<Int64> = 0...253_402_214_399_999_999
    /// Ticks of a run's timeline.
    static let ticks = PackedSegments.ticks
    /// Longest fragment, ticks: an hour.
    static let durations: ClosedRange<Int64> = 0...(3_600 * 90_000)
    /// Width and height, pixels.
    static let pixels: ClosedRange<Int64> = 0...65_535

    var bytes: [UInt8] {
        var body = ByteWriter()
        switch self {
        case .header(let header):
            body.append([1])
            Self.write(header, &body)
        case .fragment(let fragment):
            body.append([2])
            body.unsigned(UInt64(fragment.offset), 8)
            body.unsigned(UInt64(fragment.length), 4)
            body.signed64(fragment.start.ticks)
            body.signed64(fragment.duration.ticks)
            let flags: [UInt8] = [
                fragment.isIndependent ? 1 : 0, fragment.beginsSegment ? 2 : 0,
                fragment.endsSegment ? 4 : 0,
            ]
            body.append([flags.reduce(0, |)])
            body.unsigned(UInt64(fragment.crc), 4)
        case .end(let end):
            body.append([3, end.rawValue])
        }
        var record = ByteWriter()
        record.unsigned(UInt64(body.bytes.count - 1), 4)
        record.append(body.bytes)
        record.unsigned(UInt64(CRC32C.checksum(body.bytes)), 4)
        return record.bytes
    }

    /// Reads the record at `position`; nil if it is not whole or not right.
    static func read(_ bytes: [UInt8], at position: Int) -> (record: JournalRecord, end: Int)? {
        var reader = ByteReader(bytes, at: position)
        guard let length = reader.unsigned(4), length <= UInt64(payloadLimit),
            let body = reader.take(Int(length) + 1), let crc = reader.unsigned(4),
            UInt32(crc) == CRC32C.checksum(body), let record = parse(body)
        else { return nil }
        return (record, reader.position)
    }

    private static func parse(_ body: [UInt8]) -> JournalRecord? {
        var reader = ByteReader(body, at: 1)
        switch body[0] {
        case 1:
            return header(&reader).map { .header($0) }
        case 2:
            guard let offset = reader.unsigned(8), offset < 1 << 48,
                let length = reader.unsigned(4), let start = reader.signed64(),
                let duration = reader.signed64(), let flags = reader.unsigned(1),
                let crc = reader.unsigned(4), reader.remaining == 0,
                ticks.contains(start), durations.contains(duration)
            else { return nil }
            return .fragment(
                FragmentRecord(
                    offset: Int(offset),
                    length: Int(length),
                    start: MediaTime(ticks: start),
                    duration: MediaTime(ticks: duration),
                    isIndependent: flags & 1 != 0,
                    beginsSegment: flags & 2 != 0,
                    endsSegment: flags & 4 != 0,
                    crc: UInt32(crc)
                )
            )
        case 3:
            guard let raw = reader.unsigned(1), let end = ChunkEnd(rawValue: UInt8(raw)) else {
                return nil
            }
            return .end(end)
        default:
            return nil
        }
    }

    private static func write(_ header: ChunkHeader, _ body: inout ByteWriter) {
        for text in [
            header.identity.tenant.description, header.identity.camera.description,
            header.identity.stream.rawValue, header.run.description, header.codecs,
            header.initializationHash, header.precedingGap?.reason.rawValue ?? "",
        ] {
            body.unsigned(UInt64(min(text.utf8.count, 255)), 1)
            body.append(text.utf8.prefix(255))
        }
        for number in [
            header.identity.epoch, header.identity.sequence, header.start.microseconds,
            header.mediaStart.ticks, Int64(header.width), Int64(header.height),
            Int64(header.initializationLength), header.precedingGap?.start.microseconds ?? 0,
            header.precedingGap?.end.microseconds ?? 0,
        ] {
            body.signed64(number)
        }
    }

    private static func header(_ reader: inout ByteReader) -> ChunkHeader? {
        var texts: [String] = []
        for _ in 0..<7 {
            guard let count = reader.unsigned(1), let bytes = reader.take(Int(count)) else {
                return nil
            }
            texts.append(String(decoding: bytes, as: UTF8.self))
        }
        var numbers: [Int64] = []
        for _ in 0..<9 {
            guard let number = reader.signed64() else { return nil }
            numbers.append(number)
        }
        guard reader.remaining == 0, let tenant = TenantID(texts[0]),
            let camera = CameraID(texts[1]), let stream = StreamRole(rawValue: texts[2]),
            let run = RunID(texts[3]), areInRange(numbers)
        else { return nil }
        // A gap that nobody can name is no reason to give up pictures.
        let isNamed = moments.contains(numbers[7]) && moments.contains(numbers[8])
        let gap = (isNamed ? GapReason(rawValue: texts[6]) : nil).map {
            Gap(
                start: WallTime(microseconds: numbers[7]),
                end: WallTime(microseconds: numbers[8]),
                reason: $0
            )
        }
        return ChunkHeader(
            identity: ChunkIdentity(
                tenant: tenant,
                camera: camera,
                stream: stream,
                epoch: numbers[0],
                sequence: numbers[1]
            ),
            run: run,
            start: WallTime(microseconds: numbers[2]),
            mediaStart: MediaTime(ticks: numbers[3]),
            codecs: texts[4],
            width: Int(numbers[4]),
            height: Int(numbers[5]),
            initializationLength: Int(numbers[6]),
            initializationHash: texts[5],
            precedingGap: gap
        )
    }

    /// The header's numbers, in the order in which they are written; without the gap's.
    private static func areInRange(_ numbers: [Int64]) -> Bool {
        numbers[0] > 0 && numbers[1] > 0 && moments.contains(numbers[2])
            && ticks.contains(numbers[3]) && pixels.contains(numbers[4])
            && pixels.contains(numbers[5]) && (0...Int64(1 << 30)).contains(numbers[6])
    }
}
