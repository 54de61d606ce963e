/// RTP payloads of AAC with field lengths of every kind.
func fuzzAAC(_ bytes: FuzzInput) -> Int32 {
    var input = bytes
    let text = String(decoding: input.take(Int(input.byte())), as: UTF8.self)
    let usual = "mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1190;"
    let own = AACFormat(FormatParameters(text), clockRate: 48_000)
    guard let format = own ?? AACFormat(FormatParameters(usual), clockRate: 48_000) else {
        return 0
    }
    var frames = AACDepacketizer(format: format)
    var events = EventQueue()
    var time: UInt32 = 0
    while !input.isEmpty {
        let steer = input.byte()
        if steer & 1 == 1 { time &+= 1_024 }
        if steer & 6 == 6 { frames.lose() }
        let payload = input.take(Int(input.byte()))
        _ = frames.receive(payload.span, timestamp: time, &events)
        while let event = events.pop() {
            guard case .unit(let unit) = event else { continue }
            precondition(1...AACDepacketizer.frameLimit ~= unit.bytes.count)
        }
    }
    return 0
}
