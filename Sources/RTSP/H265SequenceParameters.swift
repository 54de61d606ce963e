/// What is needed of an H.265 sequence parameter set (ISO/IEC 23008-2 7.3.2.2).
struct H265SequenceParameters: Hashable {
    let id: UInt32
    let temporalLayers: UInt8
    let isTemporalIDNested: Bool
    /// profile_space, tier and profile_idc as one byte, 4 bytes of compatibility flags, 6 of
    /// constraint flags, level: the 12 bytes that `hvcC` repeats.
    let profileTierLevel: [UInt8]
    let chromaFormat: UInt8
    let lumaDepth: UInt8
    let chromaDepth: UInt8
    let size: PictureSize

    /// Nil if it is cut, contradicts itself or describes a size over `PictureSize.sideLimit`.
    init?(nal: [UInt8]) {
        guard nal.count >= 15, nal[0] >> 1 & 0x3f == 33 else { return nil }
        var reader = BitReader(nal: nal, headerLength: 2)
        reader.skip(4)
        let subLayers = reader.bits(3)
        isTemporalIDNested = reader.flag()
        guard subLayers <= 6 else { return nil }
        temporalLayers = UInt8(subLayers) + 1
        profileTierLevel = (0..<12).map { _ in UInt8(reader.bits(8)) }
        Self.skipSubLayers(&reader, count: Int(subLayers))
        id = reader.unsigned()
        let chroma = reader.unsigned()
        let separatePlanes = chroma == 3 && reader.flag()
        let (width, height) = (UInt64(reader.unsigned()), UInt64(reader.unsigned()))
        var crop: (x: UInt64, y: UInt64) = (0, 0)
        if reader.flag() {
            let unitX: UInt64 = chroma == 1 || chroma == 2 ? 2 : 1
            let unitY: UInt64 = chroma == 1 ? 2 : 1
            crop.x = (UInt64(reader.unsigned()) + UInt64(reader.unsigned())) * unitX
            crop.y = (UInt64(reader.unsigned()) + UInt64(reader.unsigned())) * unitY
        }
        let (luma, chromaBits) = (reader.unsigned(), reader.unsigned())
        guard !reader.overrun, id < 16, chroma <= 3, luma <= 8, chromaBits <= 8,
            let size = PictureSize(coded: width, by: height, cropping: crop.x, crop.y)
        else { return nil }
        chromaFormat = separatePlanes ? 0 : UInt8(chroma)
        lumaDepth = UInt8(luma) + 8
        chromaDepth = UInt8(chromaBits) + 8
        self.size = size
    }

    /// ISO/IEC 14496-15 Annex E.3: `hvc1.`, profile, compatibility flags in reverse bit order, tier
    /// and level, constraint bytes without trailing zeros.
    var codecs: String {
        let space = ["", "A", "B", "C"][Int(profileTierLevel[0] >> 6)]
        let tier = profileTierLevel[0] >> 5 & 1 == 1 ? "H" : "L"
        let profile = profileTierLevel[0] & 0x1f
        var reversed: UInt32 = 0
        for index in 0..<32 {
            let bit = profileTierLevel[1 + index / 8] >> UInt8(7 - index % 8) & 1
            reversed |= UInt32(bit) << UInt32(index)
        }
        var text = "hvc1.\(space)\(profile).\(String(reversed, radix: 16, uppercase: true))"
        text += ".\(tier)\(profileTierLevel[11])"
        let constraints = profileTierLevel[5...10]
        let used = constraints.lastIndex { $0 != 0 } ?? 4
        for byte in constraints.prefix(through: max(used, 5)) where used >= 5 {
            text += "." + String(byte, radix: 16, uppercase: true)
        }
        return text
    }

    /// The profiles and levels of the lower temporal layers.
    private static func skipSubLayers(_ reader: inout BitReader, count: Int) {
        guard count > 0 else { return }
        var present: [(profile: Bool, level: Bool)] = []
        for _ in 0..<count { present.append((reader.flag(), reader.flag())) }
        reader.skip((8 - count) * 2)
        for layer in present {
            if layer.profile { reader.skip(88) }
            if layer.level { reader.skip(8) }
        }
    }
}
