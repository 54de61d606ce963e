/// How AAC frames lie in RTP payloads: the `fmtp` parameters of RFC 3640 section 4.1.
struct AACFormat: Hashable {
    /// Bits of AU-size, AU-Index and AU-Index-delta in an AU header.
    let sizeLength: Int
    let indexLength: Int
    let indexDeltaLength: Int
    let configuration: [UInt8]
    let audio: AudioConfiguration
    let clockRate: Int

    /// RTP ticks from one frame to the next.
    var frameTicks: UInt32 {
        UInt32(truncatingIfNeeded: audio.frameLength * clockRate / audio.coreRate)
    }

    /// Nil for what is not AAC-hbr or AAC-lbr with plain AU headers.
    init?(_ parameters: FormatParameters, clockRate: Int) {
        // These add fields to the AU headers, or leave the headers out.
        let absent = [
            "ctsdeltalength", "dtsdeltalength", "randomaccessindication", "streamstateindication",
            "auxiliarydatasizelength", "constantsize",
        ]
        guard absent.allSatisfy({ parameters.number($0) ?? 0 == 0 }) else { return nil }
        let mode = parameters["mode"]?.lowercased()
        guard mode == nil || mode == "aac-hbr" || mode == "aac-lbr",
            let size = parameters.number("sizelength"), 1...16 ~= size,
            let text = parameters["config"], let configuration = Hex.bytes(text),
            2...64 ~= configuration.count, let audio = AudioConfiguration(configuration)
        else { return nil }
        sizeLength = size
        indexLength = parameters.number("indexlength") ?? 0
        indexDeltaLength = parameters.number("indexdeltalength") ?? 0
        guard 0...16 ~= indexLength, 0...16 ~= indexDeltaLength else { return nil }
        self.configuration = configuration
        self.audio = audio
        self.clockRate = clockRate
    }
}
