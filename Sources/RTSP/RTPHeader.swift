/// The fixed header of an RTP packet and where its payload lies (RFC 3550 section 5.1).
struct RTPHeader {
    let marker: Bool
    let payloadType: UInt8
    let sequence: UInt16
    let timestamp: UInt32
    let ssrc: UInt32
    /// Behind CSRC list and header extension (of whatever profile: ONVIF's is 0xABAC), before the
    /// padding.
    let payload: Range<Int>

    /// Nil if any length does not fit.
    init?(_ packet: Span<UInt8>) {
        guard packet.count >= 12, packet[0] >> 6 == 2 else { return nil }
        var start = 12 + Int(packet[0] & 15) * 4
        var end = packet.count
        if packet[0] & 0x10 != 0 {
            guard start + 4 <= end else { return nil }
            start += 4 + (Int(packet[start + 2]) << 8 | Int(packet[start + 3])) * 4
        }
        if packet[0] & 0x20 != 0 {
            let padding = Int(packet[end - 1])
            guard padding > 0 else { return nil }
            end -= padding
        }
        guard start <= end else { return nil }
        marker = packet[1] & 0x80 != 0
        payloadType = packet[1] & 0x7f
        sequence = UInt16(packet[2]) << 8 | UInt16(packet[3])
        timestamp = BigEndian.read32(packet, 4)
        ssrc = BigEndian.read32(packet, 8)
        payload = start..<end
    }
}
