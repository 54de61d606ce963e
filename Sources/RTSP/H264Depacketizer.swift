/// RTP payloads of H.264 in the single and the non-interleaved mode (RFC 6184 sections 5.6, 5.7.1
/// and 5.8). Holds nothing: what is open is open in the assembler.
enum H264Depacketizer {
    static func receive(
        _ payload: Span<UInt8>,
        into units: inout AccessUnitAssembler
    ) throws(RTSPError) {
        guard !payload.isEmpty else { return }
        switch payload[0] & 0x1f {
        case 28: try fragment(payload, &units)
        case 24: try aggregate(payload, &units)
        // The interleaved mode is not asked for and no camera uses it.
        case 25...27, 29...31: units.damage()
        default: try units.append(payload)
        }
    }

    /// FU-A. The type is the first fragment's: there are cameras that change it on the way.
    private static func fragment(
        _ payload: Span<UInt8>,
        _ units: inout AccessUnitAssembler
    ) throws(RTSPError) {
        guard payload.count >= 2 else {
            units.damage()
            return
        }
        let (indicator, header) = (payload[0], payload[1])
        if header & 0x80 != 0 {
            units.open(header: indicator & 0xe0 | header & 0x1f)
        } else if !units.isOpen {
            units.damage()
            return
        }
        try units.grow(payload.extracting(2..<payload.count))
        if header & 0x40 != 0 { units.close() }
    }

    /// STAP-A.
    private static func aggregate(
        _ payload: Span<UInt8>,
        _ units: inout AccessUnitAssembler
    ) throws(RTSPError) {
        units.close()
        var position = 1
        while position + 2 <= payload.count {
            let length = Int(payload[position]) << 8 | Int(payload[position + 1])
            position += 2
            guard length <= payload.count - position else {
                units.damage()
                return
            }
            try units.append(payload.extracting(position..<(position + length)))
            position += length
        }
        if position != payload.count { units.complain() }
    }
}
