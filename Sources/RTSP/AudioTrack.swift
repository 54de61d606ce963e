import Domain

/// One AAC track: RTP packets in, frames out.
struct AudioTrack {
    private let payloadType: UInt8
    private var tracker = SequenceTracker()
    private var frames: AACDepacketizer
    private var unusable = 0
    let parameters: AudioParameters

    init(_ plan: TrackPlan.Audio) {
        payloadType = plan.payloadType
        frames = AACDepacketizer(format: plan.format)
        parameters = AudioParameters(
            configuration: plan.format.configuration,
            sampleRate: plan.format.audio.sampleRate,
            channels: plan.format.audio.channels,
            clockRate: plan.format.clockRate,
            codecs: plan.format.audio.codecs
        )
    }

    mutating func receive(_ packet: Span<UInt8>, _ events: inout EventQueue) throws(RTSPError) {
        guard let header = RTPHeader(packet) else {
            try countUnusable(&events)
            return
        }
        switch tracker.receive(sequence: header.sequence, source: header.ssrc) {
        case .inOrder: break
        case .ignored: return
        case .afterLoss(let packets):
            frames.lose()
            events.append(.loss(.audio, packets: packets))
        }
        guard header.payloadType == payloadType else { return }
        let payload = packet.extracting(header.payload)
        if frames.receive(payload, timestamp: header.timestamp, &events) {
            unusable = 0
        } else {
            try countUnusable(&events)
        }
    }

    mutating func receiveControl(_ packet: Span<UInt8>, _ events: inout EventQueue) {
        guard let source = tracker.source,
            let report = SenderReport.find(in: packet, source: source)
        else { return }
        events.append(.senderReport(.audio, ntp: report.ntp, rtp: report.rtp))
    }

    private mutating func countUnusable(_ events: inout EventQueue) throws(RTSPError) {
        unusable += 1
        events.append(.loss(.audio, packets: 1))
        guard unusable < VideoTrack.unusableLimit else {
            throw RTSPError(
                .protocolViolation,
                "the camera's audio packets are unreadable, \(unusable) in a row"
            )
        }
    }
}
