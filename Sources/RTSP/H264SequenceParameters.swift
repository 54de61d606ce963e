/// What is needed of an H.264 sequence parameter set (ISO/IEC 14496-10 7.3.2.1.1).
struct H264SequenceParameters: Hashable {
    let profile: UInt8
    let constraints: UInt8
    let level: UInt8
    let id: UInt32
    let chromaFormat: UInt8
    let lumaDepth: UInt8
    let chromaDepth: UInt8
    let size: PictureSize

    /// Profiles whose parameter sets carry chroma format and bit depth.
    private static let highProfiles: Set<UInt8> = [
        100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
    ]

    /// Nil if it is cut, contradicts itself or describes a size over `PictureSize.sideLimit`.
    init?(nal: [UInt8]) {
        guard nal.count >= 4, nal[0] & 0x1f == 7 else { return nil }
        var reader = BitReader(nal: nal, headerLength: 1)
        profile = UInt8(reader.bits(8))
        constraints = UInt8(reader.bits(8))
        level = UInt8(reader.bits(8))
        id = reader.unsigned()
        var chroma: UInt32 = 1
        var depths: (luma: UInt32, chroma: UInt32) = (0, 0)
        var separatePlanes = false
        if Self.highProfiles.contains(profile) {
            chroma = reader.unsigned()
            if chroma == 3 { separatePlanes = reader.flag() }
            depths = (reader.unsigned(), reader.unsigned())
            _ = reader.flag()
            if reader.flag() { Self.skipScalingLists(&reader, count: chroma == 3 ? 12 : 8) }
        }
        guard id < 32, chroma <= 3, depths.luma <= 6, depths.chroma <= 6 else { return nil }
        guard Self.skipOrderCount(&reader) else { return nil }
        _ = reader.unsigned()
        _ = reader.flag()
        guard let size = Self.readSize(&reader, chroma: separatePlanes ? 0 : chroma),
            !reader.overrun
        else { return nil }
        chromaFormat = UInt8(chroma)
        lumaDepth = UInt8(depths.luma) + 8
        chromaDepth = UInt8(depths.chroma) + 8
        self.size = size
    }

    /// RFC 6381 section 3.3: `avc1.` and profile, constraints and level in hex.
    var codecs: String {
        "avc1." + Hex.text([profile, constraints, level])
    }

    /// Whether `avcC` ends with chroma format and bit depths (ISO/IEC 14496-15 5.3.3.1.2).
    var hasHighFields: Bool {
        profile == 100 || profile == 110 || profile == 122 || profile == 144 || profile == 244
    }

    private static func skipScalingLists(_ reader: inout BitReader, count: Int) {
        for list in 0..<count where reader.flag() {
            var (last, next): (Int32, Int32) = (8, 8)
            for _ in 0..<(list < 6 ? 16 : 64) {
                if next != 0 { next = (last &+ reader.signed()) & 0xff }
                if next != 0 { last = next }
                if reader.overrun { return }
            }
        }
    }

    /// log2_max_frame_num and the picture order count fields.
    private static func skipOrderCount(_ reader: inout BitReader) -> Bool {
        _ = reader.unsigned()
        switch reader.unsigned() {
        case 0: _ = reader.unsigned()
        case 1:
            _ = reader.flag()
            _ = reader.signed()
            _ = reader.signed()
            let count = reader.unsigned()
            guard count <= 255 else { return false }
            for _ in 0..<count { _ = reader.signed() }
        case 2: break
        default: return false
        }
        return !reader.overrun
    }

    private static func readSize(_ reader: inout BitReader, chroma: UInt32) -> PictureSize? {
        let width = (UInt64(reader.unsigned()) + 1) * 16
        let mapUnits = UInt64(reader.unsigned()) + 1
        let framesOnly = reader.flag()
        if !framesOnly { _ = reader.flag() }
        _ = reader.flag()
        let height = mapUnits * 16 * (framesOnly ? 1 : 2)
        guard reader.flag() else {
            return PictureSize(coded: width, by: height, cropping: 0, 0)
        }
        let (left, right) = (UInt64(reader.unsigned()), UInt64(reader.unsigned()))
        let (top, bottom) = (UInt64(reader.unsigned()), UInt64(reader.unsigned()))
        let unitX: UInt64 = chroma == 1 || chroma == 2 ? 2 : 1
        let unitY: UInt64 = (chroma == 1 ? 2 : 1) * (framesOnly ? 1 : 2)
        return PictureSize(
            coded: width,
            by: height,
            cropping: (left + right) * unitX,
            (top + bottom) * unitY
        )
    }
}
