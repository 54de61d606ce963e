import Domain

/// One video track: RTP packets in, pictures and their parameters out.
struct VideoTrack {
    /// Packets in a row of which nothing could be used before the camera is given up.
    static let unusableLimit = 1_000

    private let codec: VideoCodec
    private let payloadType: UInt8
    private var tracker = SequenceTracker()
    private var units: AccessUnitAssembler
    private var unusable = 0
    /// True once a packet was good: what is unreadable before it is a picture joined halfway.
    private var hasBegun = false

    init(_ plan: TrackPlan.Video) {
        codec = plan.codec
        payloadType = plan.payloadType
        units = AccessUnitAssembler(codec: plan.codec, known: plan.parameterSets)
    }

    /// The parameters that the SDP told, or that were announced since.
    var parameters: VideoParameters? {
        units.parameters
    }

    /// Whether a key picture has begun and not ended.
    var isInKeyPicture: Bool {
        mutating get { units.isInKeyPicture }
    }

    mutating func receive(_ packet: Span<UInt8>, _ events: inout EventQueue) throws(RTSPError) {
        guard let header = RTPHeader(packet) else {
            try countUnusable(&events)
            return
        }
        var afterLoss = false
        switch tracker.receive(sequence: header.sequence, source: header.ssrc) {
        case .inOrder: break
        case .ignored: return
        case .afterLoss(let packets):
            afterLoss = true
            events.append(.loss(.video, packets: packets))
        }
        // Other payload types on the channel are not this track's; their numbers still count.
        guard header.payloadType == payloadType else { return }
        units.begin(header.timestamp, afterLoss: afterLoss, &events)
        let payload = packet.extracting(header.payload)
        switch codec {
        case .h264: try H264Depacketizer.receive(payload, into: &units)
        case .h265: try H265Depacketizer.receive(payload, into: &units)
        }
        units.end(marker: header.marker, &events)
        if units.takeProblems() > 0 {
            try countUnusable(&events)
        } else {
            unusable = 0
            hasBegun = true
        }
    }

    mutating func receiveControl(_ packet: Span<UInt8>, _ events: inout EventQueue) {
        guard let source = tracker.source,
            let report = SenderReport.find(in: packet, source: source)
        else { return }
        events.append(.senderReport(.video, ntp: report.ntp, rtp: report.rtp))
    }

    private mutating func countUnusable(_ events: inout EventQueue) throws(RTSPError) {
        unusable += 1
        if hasBegun { events.append(.loss(.video, packets: 1)) }
        guard unusable < Self.unusableLimit else {
            throw RTSPError(
                .protocolViolation,
                "the camera's video packets are unreadable, \(unusable) in a row"
            )
        }
    }
}
