import Domain

/// Splits a byte stream of H.264 or H.265 (Annex B) into pictures.
enum AnnexB {
    /// The NAL units between start codes of three or four bytes; trailing zeros are cut.
    static func units(_ bytes: [UInt8]) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var start: Int?
        var index = 0
        while index + 2 < bytes.count {
            guard bytes[index] == 0, bytes[index + 1] == 0, bytes[index + 2] == 1 else {
                index += 1
                continue
            }
            if let start { found.append(trimmed(bytes[start..<index])) }
            index += 3
            start = index
        }
        if let start { found.append(trimmed(bytes[start...])) }
        return found.filter { $0.count > 2 }
    }

    /// Pictures in decoding order. SEI and delimiters of the clip are left out: the farm adds its
    /// own SEI, and nothing else of them is needed to decode.
    static func pictures(_ bytes: [UInt8], codec: VideoCodec) -> [AccessUnit] {
        var pictures: [AccessUnit] = []
        var current = AccessUnit()
        var hasSlice = false
        for unit in units(bytes) {
            let kind = NALKind(unit, codec: codec)
            let begins = kind == .slice(isKey: kind.isKey) ? Self.beginsPicture(unit, codec) : true
            if hasSlice, begins {
                pictures.append(current)
                current = AccessUnit()
                hasSlice = false
            }
            switch kind {
            case .slice(let isKey):
                hasSlice = true
                current.isKey = isKey
                current.units.append(unit)
            case .parameterSet: current.units.append(unit)
            case .other: break
            }
        }
        if hasSlice { pictures.append(current) }
        return pictures
    }

    /// `first_mb_in_slice` is 0 (a single 1 bit), or `first_slice_segment_in_pic_flag` is set.
    private static func beginsPicture(_ unit: [UInt8], _ codec: VideoCodec) -> Bool {
        unit[codec == .h264 ? 1 : 2] & 0x80 != 0
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var end = bytes.endIndex
        while end > bytes.startIndex, bytes[end - 1] == 0 { end -= 1 }
        return Array(bytes[bytes.startIndex..<end])
    }
}
