/// RTP payloads of H.265 without DONL fields (RFC 7798 section 4.4). Holds nothing: what is open is
/// open in the assembler.
enum H265Depacketizer {
    static func receive(
        _ payload: Span<UInt8>,
        into units: inout AccessUnitAssembler
    ) throws(RTSPError) {
        guard payload.count >= 2 else {
            if !payload.isEmpty { units.damage() }
            return
        }
        switch payload[0] >> 1 & 0x3f {
        case 49: try fragment(payload, &units)
        case 48: try aggregate(payload, &units)
        case 50...63: units.damage()
        default: try units.append(payload)
        }
    }

    private static func fragment(
        _ payload: Span<UInt8>,
        _ units: inout AccessUnitAssembler
    ) throws(RTSPError) {
        guard payload.count >= 3 else {
            units.damage()
            return
        }
        let header = payload[2]
        if header & 0x80 != 0 {
            units.open(header: payload[0] & 0x81 | (header & 0x3f) << 1, payload[1])
        } else if !units.isOpen {
            units.damage()
            return
        }
        try units.grow(payload.extracting(3..<payload.count))
        if header & 0x40 != 0 { units.close() }
    }

    private static func aggregate(
        _ payload: Span<UInt8>,
        _ units: inout AccessUnitAssembler
    ) throws(RTSPError) {
        units.close()
        var position = 2
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
