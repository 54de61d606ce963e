/// The fields of an AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1) that a container needs.
struct AudioConfiguration: Hashable {
    private static let rates = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
        8_000, 7_350,
    ]

    /// 2 is AAC-LC, 5 and 29 say that SBR (and PS) is signalled explicitly.
    let objectType: Int
    /// Of the core coder.
    let coreRate: Int
    /// What is heard: twice the core's with SBR.
    let sampleRate: Int
    let channels: Int
    /// Samples of the core coder in a frame: 1,024, or 960.
    let frameLength: Int

    /// Nil for anything but AAC with a channel configuration of 1...7.
    init?(_ bytes: [UInt8]) {
        var reader = BitReader(bytes)
        var type = Self.objectType(&reader)
        let first = type
        guard let core = Self.rate(&reader) else { return nil }
        let layout = reader.bits(4)
        var shown = core
        if type == 5 || type == 29 {
            guard let extended = Self.rate(&reader) else { return nil }
            shown = extended
            type = Self.objectType(&reader)
        }
        let isShort = reader.flag()
        guard !reader.overrun, 1...4 ~= type, 1...7 ~= layout else { return nil }
        objectType = first
        coreRate = core
        sampleRate = shown
        channels = layout == 7 ? 8 : Int(layout)
        frameLength = isShort ? 960 : 1_024
    }

    /// RFC 6381 section 3.3.
    var codecs: String {
        "mp4a.40.\(objectType)"
    }

    private static func objectType(_ reader: inout BitReader) -> Int {
        let type = Int(reader.bits(5))
        return type == 31 ? 32 + Int(reader.bits(6)) : type
    }

    private static func rate(_ reader: inout BitReader) -> Int? {
        let index = Int(reader.bits(4))
        if index == 15 {
            let rate = Int(reader.bits(24))
            return 1_000...192_000 ~= rate ? rate : nil
        }
        return index < rates.count ? rates[index] : nil
    }
}
