/// What a decoder must know before the first picture. Compared by content: a camera that repeats
/// the same parameter sets changes nothing.
package struct VideoParameters: Hashable, Sendable {
    package var codec: VideoCodec
    /// NAL units without start codes or lengths: SPS and PPS, for H.265 VPS before them.
    package var parameterSets: [[UInt8]]
    /// The decoder configuration record: `avcC` (ISO/IEC 14496-15 5.3.3.1) or `hvcC` (8.3.3.1).
    package var configurationRecord: [UInt8]
    /// RFC 6381, such as `avc1.64001f` or `hvc1.1.6.L93.B0`.
    package var codecs: String
    package var width: Int
    package var height: Int

    package init(
        codec: VideoCodec,
        parameterSets: [[UInt8]],
        configurationRecord: [UInt8],
        codecs: String,
        width: Int,
        height: Int
    ) {
        self.codec = codec
        self.parameterSets = parameterSets
        self.configurationRecord = configurationRecord
        self.codecs = codecs
        self.width = width
        self.height = height
    }
}
