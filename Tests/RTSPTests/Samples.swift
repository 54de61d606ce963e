@testable import RTSP

/// Parameter sets that x264 and x265 made of a test picture, so that sizes and records are known
/// from elsewhere, and NAL units whose content does not matter.
enum Samples {
    /// 1920 x 1080 (1088 coded), constrained baseline, level 4.0.
    static let sps1080 = hex("6742c028da01e0089f97011000000300100000030320f1832a")
    static let pps = hex("68ce0fc8")
    /// 640 x 360, level 3.0.
    static let sps360 = hex("6742c01eda0280bfe5c044000003000400000300c83c58ba80")
    /// 1920 x 1080 interlaced, main, level 4.0.
    static let spsInterlaced = hex("674d4028eca03c0227ef011000000300100000030321f162d960")
    static let vps265 = hex("40010c01ffff016000000300900000030000030078959409")
    /// 1920 x 1080, main, level 4.0.
    static let sps265 = hex(
        "420101016000000300900000030000030078a003c0801107cb965654a4c2f0168080000003008000000c84"
    )
    static let pps265 = hex("4401c073c189")
    /// 640 x 360, main, level 2.1.
    static let small265 = hex(
        "42010101600000030090000003000003003fa005020171f2e595952930bc05a02000000300200000030321"
    )

    /// A slice with first_mb_in_slice = 0.
    static func idr(_ fill: UInt8 = 0xa5, length: Int = 40) -> [UInt8] {
        [0x65, 0x88] + [UInt8](repeating: fill, count: length)
    }

    static func slice(_ fill: UInt8 = 0x5a, length: Int = 20) -> [UInt8] {
        [0x41, 0x9a] + [UInt8](repeating: fill, count: length)
    }

    /// A later slice of the same picture.
    static func laterSlice(key: Bool, _ fill: UInt8 = 0x33) -> [UInt8] {
        [key ? 0x65 : 0x41, 0x40] + [UInt8](repeating: fill, count: 12)
    }

    /// A parameter set whose first `ids` ids behind `offset` bytes were 0 and are 1 now.
    static func renumbered(_ nal: [UInt8], at offset: Int, ids: Int) -> [UInt8] {
        var plain: [UInt8] = []
        for byte in nal where byte != 3 || plain.suffix(2) != [0, 0] { plain.append(byte) }
        let bits = plain[offset...].flatMap { byte in (0..<8).map { byte >> UInt8(7 - $0) & 1 } }
        var moved =
            [[UInt8]](repeating: [0, 1, 0], count: ids).flatMap { $0 } + bits.dropFirst(ids)
        while moved.count % 8 != 0 { moved.append(0) }
        var result = Array(plain[..<offset])
        for start in stride(from: 0, to: moved.count, by: 8) {
            let byte = moved[start..<(start + 8)].reduce(0) { $0 << 1 | $1 }
            if byte <= 3, result.suffix(2) == [0, 0] { result.append(3) }
            result.append(byte)
        }
        return result
    }

    static let sei: [UInt8] = [0x06, 0x05, 0x02, 0xab, 0xcd, 0x80]

    static func hex(_ text: String) -> [UInt8] {
        Hex.bytes(text) ?? []
    }

    /// NAL units as they stand in a `MediaUnit`.
    static func unit(_ nals: [UInt8]...) -> [UInt8] {
        nals.flatMap { nal in
            (0..<4).map { UInt8(truncatingIfNeeded: nal.count >> (24 - $0 * 8)) } + nal
        }
    }

    /// FU-A payloads of a NAL unit, `size` bytes of it in each.
    static func fragments(_ nal: [UInt8], size: Int) -> [[UInt8]] {
        let body = Array(nal.dropFirst())
        return stride(from: 0, to: body.count, by: size).map { start in
            let end = min(start + size, body.count)
            let bits: UInt8 = (start == 0 ? 0x80 : 0) | (end == body.count ? 0x40 : 0)
            return [nal[0] & 0xe0 | 28, bits | nal[0] & 0x1f] + body[start..<end]
        }
    }

    /// FU payloads of an H.265 NAL unit.
    static func fragments265(_ nal: [UInt8], size: Int) -> [[UInt8]] {
        let body = Array(nal.dropFirst(2))
        return stride(from: 0, to: body.count, by: size).map { start in
            let end = min(start + size, body.count)
            let bits: UInt8 = (start == 0 ? 0x80 : 0) | (end == body.count ? 0x40 : 0)
            return [nal[0] & 0x81 | 49 << 1, nal[1], bits | nal[0] >> 1 & 0x3f] + body[start..<end]
        }
    }

    /// One aggregation packet: `header` and each NAL unit behind its length.
    static func aggregate(_ header: [UInt8], _ nals: [UInt8]...) -> [UInt8] {
        nals.reduce(header) { $0 + [UInt8($1.count >> 8), UInt8($1.count & 255)] + $1 }
    }
}
