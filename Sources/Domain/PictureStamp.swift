/// The mark that the camera simulator puts in each picture, so that a recording can be audited:
/// every picture from the first to the last exactly once, and how long each took.
///
/// It travels as an SEI message user_data_unregistered (ISO/IEC 14496-10 D.1.7): a fixed UUID, then
/// 36 bytes of lower-case hex text. Text, so that emulation prevention never changes a byte and a
/// reader can search for the UUID without parsing the stream.
package struct PictureStamp: Hashable, Sendable {
    /// The UUID that begins the payload, as bytes: `sparc-stamp-0001` in ASCII.
    package static let marker: [UInt8] = Array("sparc-stamp-0001".utf8)
    /// Bytes of the payload behind the marker.
    package static let textLength = 36

    /// The camera's number in the farm, from 0.
    package var camera: UInt32
    /// Counts from 0 for as long as the simulated camera exists, over all connections.
    package var picture: UInt64
    /// When its first packet was due to be sent.
    package var sentAt: WallTime

    package init(camera: UInt32, picture: UInt64, sentAt: WallTime) {
        self.camera = camera
        self.picture = picture
        self.sentAt = sentAt
    }

    /// The payload: marker, 8 digits of camera, 12 of picture, 16 of microseconds since 1970.
    package var payload: [UInt8] {
        Self.marker + Self.hex(UInt64(camera), 8) + Self.hex(picture, 12)
            + Self.hex(UInt64(bitPattern: sentAt.microseconds), 16)
    }

    /// Reads the text behind the marker; nil if it is cut or is not hex.
    package init?(text: some Collection<UInt8>) {
        guard text.count >= Self.textLength else { return nil }
        let digits = Array(text.prefix(Self.textLength))
        guard let camera = Self.value(digits[0..<8]), let picture = Self.value(digits[8..<20]),
            let micros = Self.value(digits[20..<36])
        else { return nil }
        self.init(
            camera: UInt32(truncatingIfNeeded: camera),
            picture: picture,
            sentAt: WallTime(microseconds: Int64(bitPattern: micros))
        )
    }

    /// All stamps in a recording's bytes, in file order.
    package static func all(in bytes: [UInt8]) -> [PictureStamp] {
        var found: [PictureStamp] = []
        var index = 0
        let last = bytes.count - marker.count - textLength
        while index <= last {
            guard bytes[index] == marker[0], bytes[index + 6] == marker[6],
                bytes[index..<(index + marker.count)].elementsEqual(marker)
            else {
                index += 1
                continue
            }
            if let stamp = PictureStamp(text: bytes[(index + marker.count)...]) {
                found.append(stamp)
            }
            index += marker.count + textLength
        }
        return found
    }

    private static func hex(_ value: UInt64, _ width: Int) -> [UInt8] {
        (0..<width).map { position in
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64((width - 1 - position) * 4)) & 15
            return nibble < 10 ? 48 + nibble : 87 + nibble
        }
    }

    private static func value(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case 48...57: value = value << 4 | UInt64(digit - 48)
            case 97...102: value = value << 4 | UInt64(digit - 87)
            default: return nil
            }
        }
        return value
    }
}
