/// Something that a simulated camera does wrong, or the end of it.
///
/// Text form, in the query of a camera's URL and in control requests: `name`, or `name:value`.
package enum CameraFault: Hashable, Sendable {
    /// `drop`: closes the connections, as a camera that restarts its server.
    case drop
    /// `reset`: closes the connections with RST.
    case reset
    /// `stall`: keeps the connections and sends nothing more, from now on.
    case stall
    /// `jump:SECONDS`: all later timestamps are so many seconds later (or earlier, if negative).
    case timestampJump(Double)
    /// `outlier:SECONDS`: the timestamp of one picture is wrong by so much.
    case timestampOutlier(Double)
    /// `clip:NAME`: another clip of the farm from the next picture on: other parameter sets and
    /// size. A clip of another coding closes the sessions.
    case clip(String)
    /// `garbage:BYTES`: so many random bytes between two packets.
    case garbage(Int)
    /// `loss:RATE`: leaves out each packet with this probability, 0 to 1; sequence numbers go on.
    case loss(Double)
    /// `gop:SECONDS`: key pictures only so far apart; `gop:none`: none after the first.
    ///
    /// The clip's other pictures repeat with their old frame numbers: a player shows most of them,
    /// not all.
    case keyInterval(seconds: Int?)
    /// `unauthorized`: every request gets 401 from now on, whatever the credentials.
    case unauthorized
    /// `stale`: a nonce of Digest is good for one request; the next gets 401 with `stale=true`.
    case staleNonce
    /// `slow`: the session description comes byte by byte, 20 bytes a second.
    case slowDescription
    /// `endless`: the answer to DESCRIBE has header lines without end.
    case endlessHeader
    /// `redirect:URL`: DESCRIBE gets 302 to this URL.
    case redirect(String)
    /// `freeze`: takes connections and never answers.
    case freeze
    /// `refuse`: closes connections at their first request; for the whole farm: does not listen.
    case refuse
    /// `resume`: ends whatever lasts of the above.
    case resume

    /// Reads the text form; nil if it is none, or a number is out of range.
    package init?(_ text: some StringProtocol) {
        let parts = String(text).split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first else { return nil }
        let value = parts.count > 1 ? parts[1] : nil
        let number = value.flatMap(Double.init)
        switch (name, value) {
        case ("drop", nil): self = .drop
        case ("reset", nil): self = .reset
        case ("stall", nil): self = .stall
        case ("unauthorized", nil): self = .unauthorized
        case ("stale", nil): self = .staleNonce
        case ("slow", nil): self = .slowDescription
        case ("endless", nil): self = .endlessHeader
        case ("freeze", nil): self = .freeze
        case ("refuse", nil): self = .refuse
        case ("resume", nil): self = .resume
        case ("clip", let clip?): self = .clip(clip)
        case ("redirect", let url?): self = .redirect(url)
        case ("gop", "none"): self = .keyInterval(seconds: nil)
        default:
            guard let number, number.magnitude <= 1e6 else { return nil }
            switch name {
            case "jump": self = .timestampJump(number)
            case "outlier": self = .timestampOutlier(number)
            case "garbage" where number >= 1: self = .garbage(Int(number))
            case "loss" where number >= 0 && number <= 1: self = .loss(number)
            case "gop" where number >= 1: self = .keyInterval(seconds: Int(number))
            default: return nil
            }
        }
    }
}
