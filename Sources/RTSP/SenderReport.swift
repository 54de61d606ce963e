/// A camera's statement of which RTP time is which moment (RFC 3550 section 6.4.1).
struct SenderReport: Equatable {
    /// 32.32 fixed-point seconds since 1900.
    let ntp: UInt64
    let rtp: UInt32

    /// The last sender report of `source` in a compound packet; packets of other sources and other
    /// types are passed over, a length that lies ends the reading.
    static func find(in compound: Span<UInt8>, source: UInt32) -> SenderReport? {
        var found: SenderReport?
        var position = 0
        while compound.count - position >= 4, compound[position] >> 6 == 2 {
            let words = Int(compound[position + 2]) << 8 | Int(compound[position + 3])
            let length = (words + 1) * 4
            guard length <= compound.count - position else { break }
            if compound[position + 1] == 200, length >= 28,
                BigEndian.read32(compound, position + 4) == source
            {
                found = SenderReport(
                    ntp: BigEndian.read64(compound, position + 8),
                    rtp: BigEndian.read32(compound, position + 16)
                )
            }
            position += length
        }
        return found
    }
}
