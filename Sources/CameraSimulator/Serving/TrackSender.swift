import Domain
import NIOCore

/// One track of one session: where its packets go and the numbers that RTP counts.
struct TrackSender: Sendable {
    let transport: InterleavedTransport
    let clockRate: Int
    let source: UInt32
    /// The sequence number of the next packet.
    private(set) var sequence: UInt16
    /// RTP timestamp of the picture clock's origin.
    let base: UInt32
    private var packets: UInt32 = 0
    private var octets: UInt32 = 0

    init(
        transport: InterleavedTransport,
        clockRate: Int,
        generator: inout SeededGenerator
    ) {
        self.transport = transport
        self.clockRate = clockRate
        source = UInt32(truncatingIfNeeded: generator.next())
        sequence = UInt16(truncatingIfNeeded: generator.next())
        base = UInt32(truncatingIfNeeded: generator.next())
    }

    func timestamp(_ ticks: Int64) -> UInt32 {
        base &+ UInt32(truncatingIfNeeded: ticks)
    }

    /// Writes channel, sequence numbers, timestamp and source into a copy of a template.
    mutating func patch(_ bytes: inout ByteBuffer, _ template: PacketTemplate, ticks: Int64) {
        let stamp = timestamp(ticks)
        for packet in template.packets {
            bytes.setInteger(transport.rtpChannel, at: packet.offset + 1)
            bytes.setInteger(sequence, at: packet.offset + 6)
            bytes.setInteger(UInt64(stamp) << 32 | UInt64(source), at: packet.offset + 8)
            sequence &+= 1
        }
        packets &+= UInt32(truncatingIfNeeded: template.packets.count)
        octets &+= UInt32(truncatingIfNeeded: template.payloadBytes)
    }

    /// A sender report and the name of the source (RFC 3550 6.4.1, 6.5), interleaved.
    func report(wall: WallTime, ticks: Int64) -> ByteBuffer {
        // Seconds from 1900 to 1970.
        let seconds = UInt64(wall.microseconds / 1_000_000) + 2_208_988_800
        let fraction = UInt64(wall.microseconds % 1_000_000) << 32 / 1_000_000
        var bytes = ByteBuffer()
        bytes.writeBytes([0x24, transport.rtcpChannel])
        bytes.writeInteger(UInt16(28 + 20))
        bytes.writeBytes([0x80, 200, 0, 6])
        bytes.writeInteger(source)
        bytes.writeInteger(seconds << 32 | fraction)
        bytes.writeInteger(timestamp(ticks))
        bytes.writeInteger(packets)
        bytes.writeInteger(octets)
        bytes.writeBytes([0x81, 202, 0, 4])
        bytes.writeInteger(source)
        bytes.writeBytes([1, 9] + Array("simulated".utf8) + [0])
        return bytes
    }
}
