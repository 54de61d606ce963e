/// An AAC stream, the one audio coding that is copied.
package struct AudioParameters: Hashable, Sendable {
    /// AudioSpecificConfig, ISO/IEC 14496-3 1.6.2.1.
    package var configuration: [UInt8]
    package var sampleRate: Int
    package var channels: Int
    /// RTP ticks per second, from the SDP.
    package var clockRate: Int
    /// RFC 6381, such as `mp4a.40.2`.
    package var codecs: String

    package init(
        configuration: [UInt8],
        sampleRate: Int,
        channels: Int,
        clockRate: Int,
        codecs: String
    ) {
        self.configuration = configuration
        self.sampleRate = sampleRate
        self.channels = channels
        self.clockRate = clockRate
        self.codecs = codecs
    }
}
