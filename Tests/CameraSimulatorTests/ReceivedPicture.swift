import Domain

/// A picture put together again from RTP packets.
struct ReceivedPicture {
    var timestamp: UInt32
    var units: [[UInt8]] = []
    var stamps: [PictureStamp] { PictureStamp.all(in: units.flatMap { $0 }) }
    var picture: UInt64? { stamps.first?.picture }
    /// The types of the NAL units, H.264.
    var types: [UInt8] { units.map { $0[0] & 0x1f } }
    var isKey: Bool { types.contains(5) }
}

extension TestClient {
    /// So many whole H.264 pictures of channel 0, with the sequence numbers of their packets.
    func pictures(_ count: Int) async -> (pictures: [ReceivedPicture], sequence: [UInt16]) {
        var pictures: [ReceivedPicture] = []
        var current: ReceivedPicture?
        var fragment: [UInt8] = []
        var sequence: [UInt16] = []
        while pictures.count < count, let packet = await packet() {
            let bytes = packet.bytes
            guard packet.channel == 0, bytes.count > 13 else { continue }
            sequence.append(UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
            let timestamp = bytes[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            var picture = current ?? ReceivedPicture(timestamp: timestamp)
            if picture.timestamp != timestamp { picture = ReceivedPicture(timestamp: timestamp) }
            let payload = Array(bytes[12...])
            switch payload[0] & 0x1f {
            case 28:
                if payload[1] & 0x80 != 0 { fragment = [payload[0] & 0xe0 | payload[1] & 0x1f] }
                fragment += payload[2...]
                if payload[1] & 0x40 != 0 { picture.units.append(fragment) }
            case 24:
                var position = 1
                while position + 2 <= payload.count {
                    let length = Int(payload[position]) << 8 | Int(payload[position + 1])
                    let end = min(payload.count, position + 2 + length)
                    picture.units.append(Array(payload[(position + 2)..<end]))
                    position = end
                }
            default: picture.units.append(payload)
            }
            current = picture
            if bytes[1] & 0x80 != 0 {
                pictures.append(picture)
                current = nil
            }
        }
        return (pictures, sequence)
    }
}
