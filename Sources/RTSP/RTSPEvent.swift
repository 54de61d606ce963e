package import Domain

/// What a session tells its owner, in order.
package enum RTSPEvent: Hashable, Sendable {
    /// PLAY was accepted. Comes once, before any unit.
    case playing(RTSPDescription)
    /// The first complete parameter sets that came in-band, or a real change of content; always
    /// before the unit that needs them. Not repeated for what `playing` has already told.
    case parameters(VideoParameters)
    /// One picture or one audio frame.
    case unit(MediaUnit)
    /// Packets that were sent and never came, or that could not be used. Video units after it are
    /// suspect up to the next key picture.
    case loss(TrackKind, packets: Int)
    /// The camera's clock: `ntp` is 32.32 fixed-point seconds since 1900, `rtp` the same moment in
    /// the track's clock (RFC 3550 section 6.4.1).
    case senderReport(TrackKind, ntp: UInt64, rtp: UInt32)
    /// Something the camera offers is not recorded: text for a visible warning.
    case unsupported(String)
    /// The session is over as asked by `close()`: the TEARDOWN is in the output.
    case closed
    /// The session is over. Nothing follows.
    case failed(RTSPError)
}
