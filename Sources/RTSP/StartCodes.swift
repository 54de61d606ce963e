/// Annex B start codes (00 00 01), which some cameras leave inside an RTP payload or a
/// `sprop-parameter-sets`. A NAL unit cannot hold one (ISO/IEC 14496-10 7.4.1), so finding one is
/// proof.
enum StartCodes {
    /// The index of the first 00 00 01 at or after `start`, or nil.
    ///
    /// Looks at every third byte where it can: coded pictures hold few zeros.
    static func first(in bytes: Span<UInt8>, from start: Int = 0) -> Int? {
        var index = start + 2
        while index < bytes.count {
            let byte = bytes[index]
            if byte > 1 {
                index += 3
            } else if byte == 1 {
                if bytes[index - 1] == 0, bytes[index - 2] == 0 { return index - 2 }
                index += 3
            } else {
                index += 1
            }
        }
        return nil
    }

    /// The NAL units between the start codes, without trailing zeros and without empty ones. Bytes
    /// before the first start code are a NAL unit too, unless they are all zero.
    static func split(_ bytes: Span<UInt8>) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var begin = 0
        while begin < bytes.count {
            let found = first(in: bytes, from: begin)
            var end = found ?? bytes.count
            while end > begin, bytes[end - 1] == 0 { end -= 1 }
            if end > begin { pieces.append(begin..<end) }
            guard let found else { break }
            begin = found + 3
        }
        return pieces
    }
}
