import NIOCore

/// One picture or audio frame as interleaved RTP packets, ready but for what differs per session.
struct PacketTemplate: Sendable {
    /// One packet: `$`, channel, length, RTP header, payload.
    struct Packet: Hashable, Sendable {
        var offset: Int
        var length: Int
    }

    /// All packets of the picture, one after the other: one write.
    var bytes: ByteBuffer
    var packets: [Packet]
    /// Where the text of the picture stamp lies in `bytes`; nil for audio.
    var stampOffset: Int?
    var isKey: Bool
    /// Presentation minus decoding time, in ticks of the track's clock.
    var compositionOffset: Int
    /// Payload bytes behind the RTP headers, for sender reports.
    var payloadBytes: Int
}
