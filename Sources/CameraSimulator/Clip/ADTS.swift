/// Reads AAC in ADTS frames (ISO/IEC 14496-3 1.A.2).
struct ADTS: Hashable, Sendable {
    /// AudioSpecificConfig of the first frame; all frames must have it.
    var configuration: [UInt8]
    var sampleRate: Int
    var channels: Int
    /// Raw frames of 1,024 samples each.
    var frames: [[UInt8]]

    /// Nil unless the bytes are whole ADTS frames of one configuration.
    init?(_ bytes: [UInt8]) {
        let rates = [
            96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
            8_000, 7_350,
        ]
        var position = 0
        frames = []
        configuration = []
        sampleRate = 0
        channels = 0
        while position < bytes.count {
            guard position + 7 <= bytes.count, bytes[position] == 0xff,
                bytes[position + 1] & 0xf6 == 0xf0
            else { return nil }
            let profile = Int(bytes[position + 2] >> 6) + 1
            let rateIndex = Int(bytes[position + 2] >> 2 & 15)
            let channelCount = Int(bytes[position + 2] & 1) << 2 | Int(bytes[position + 3] >> 6)
            let length =
                Int(bytes[position + 3] & 3) << 11 | Int(bytes[position + 4]) << 3
                | Int(bytes[position + 5] >> 5)
            let header = bytes[position + 1] & 1 == 1 ? 7 : 9
            guard rateIndex < rates.count, length > header, position + length <= bytes.count else {
                return nil
            }
            let config = profile << 11 | rateIndex << 7 | channelCount << 3
            let these = [UInt8(config >> 8), UInt8(config & 0xff)]
            if frames.isEmpty {
                configuration = these
                sampleRate = rates[rateIndex]
                channels = channelCount
            }
            guard these == configuration else { return nil }
            frames.append(Array(bytes[(position + header)..<(position + length)]))
            position += length
        }
        guard !frames.isEmpty else { return nil }
    }
}
