import Domain
import NIOCore

/// Makes packet templates: RFC 6184 and RFC 7798 (single units, fragments, on request one
/// aggregate for what precedes the slices) and RFC 3640 (one AAC frame per packet).
struct Packetizer: Sendable {
    /// Payload bytes per packet: what fits an Ethernet frame, as cameras send over UDP and TCP.
    static let payloadMax = 1_400
    static let videoPayloadType: UInt8 = 96
    static let audioPayloadType: UInt8 = 97

    private var bytes = ByteBuffer()
    private var packets: [PacketTemplate.Packet] = []
    private var payloadBytes = 0

    private init() {}

    /// A picture with a placeholder stamp in front of its first slice.
    static func picture(_ picture: AccessUnit, codec: VideoCodec, aggregate: Bool) -> PacketTemplate
    {
        var packetizer = Packetizer()
        let leading = picture.units.filter { NALKind($0, codec: codec) == .parameterSet }
        let slices = picture.units.filter { NALKind($0, codec: codec) != .parameterSet }
        let stamp = Self.stampUnit(codec)
        if aggregate {
            packetizer.append(aggregate: leading + [stamp], codec: codec)
        } else {
            for unit in leading + [stamp] {
                packetizer.append(unit: unit, codec: codec, isLast: false)
            }
        }
        let afterStamp = packetizer.bytes.writerIndex
        for (index, unit) in slices.enumerated() {
            packetizer.append(unit: unit, codec: codec, isLast: index == slices.count - 1)
        }
        // The stamp unit is the last thing before the slices: text, then the trailing bits.
        return PacketTemplate(
            bytes: packetizer.bytes,
            packets: packetizer.packets,
            stampOffset: afterStamp - 1 - PictureStamp.textLength,
            isKey: picture.isKey,
            compositionOffset: picture.compositionOffset,
            payloadBytes: packetizer.payloadBytes
        )
    }

    /// An AAC frame in mode AAC-hbr: 13 bits of size, 3 bits of index.
    static func audio(_ frame: [UInt8]) -> PacketTemplate {
        var packetizer = Packetizer()
        let size = UInt16(truncatingIfNeeded: frame.count << 3)
        let header: [UInt8] = [0, 16, UInt8(size >> 8), UInt8(size & 0xff)]
        packetizer.append(
            payload: [header[...], frame[...]],
            type: audioPayloadType,
            marker: true
        )
        return PacketTemplate(
            bytes: packetizer.bytes,
            packets: packetizer.packets,
            stampOffset: nil,
            isKey: true,
            compositionOffset: 0,
            payloadBytes: packetizer.payloadBytes
        )
    }

    /// The SEI user_data_unregistered with a stamp of zeros.
    static func stampUnit(_ codec: VideoCodec) -> [UInt8] {
        let payload = PictureStamp(camera: 0, picture: 0, sentAt: WallTime(microseconds: 0)).payload
        let header: [UInt8] = codec == .h264 ? [0x06] : [0x4e, 0x01]
        return header + [5, UInt8(payload.count)] + payload + [0x80]
    }

    private mutating func append(unit: [UInt8], codec: VideoCodec, isLast: Bool) {
        guard unit.count > Self.payloadMax else {
            append(payload: [unit[...]], type: Self.videoPayloadType, marker: isLast)
            return
        }
        let headerLength = codec == .h264 ? 1 : 2
        let room = Self.payloadMax - headerLength - 1
        var position = headerLength
        while position < unit.count {
            let end = min(unit.count, position + room)
            let start: UInt8 = position == headerLength ? 0x80 : 0
            let finish: UInt8 = end == unit.count ? 0x40 : 0
            let header: [UInt8] =
                switch codec {
                case .h264: [unit[0] & 0xe0 | 28, start | finish | unit[0] & 0x1f]
                case .h265:
                    [unit[0] & 0x81 | 49 << 1, unit[1], start | finish | unit[0] >> 1 & 0x3f]
                }
            append(
                payload: [header[...], unit[position..<end]],
                type: Self.videoPayloadType,
                marker: isLast && end == unit.count
            )
            position = end
        }
    }

    private mutating func append(aggregate units: [[UInt8]], codec: VideoCodec) {
        var payload: [UInt8] = codec == .h264 ? [0x60 | 24] : [48 << 1, 1]
        for unit in units {
            payload.append(UInt8(truncatingIfNeeded: unit.count >> 8))
            payload.append(UInt8(truncatingIfNeeded: unit.count))
            payload.append(contentsOf: unit)
        }
        append(payload: [payload[...]], type: Self.videoPayloadType, marker: false)
    }

    private mutating func append(payload: [ArraySlice<UInt8>], type: UInt8, marker: Bool) {
        let length = payload.reduce(0) { $0 + $1.count }
        let offset = bytes.writerIndex
        bytes.writeBytes([0x24, 0])
        bytes.writeInteger(UInt16(12 + length))
        bytes.writeBytes([0x80, type | (marker ? 0x80 : 0)])
        bytes.writeRepeatingByte(0, count: 10)
        for part in payload { bytes.writeBytes(part) }
        packets.append(.init(offset: offset, length: 16 + length))
        payloadBytes += length
    }
}
