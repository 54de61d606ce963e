import Domain

/// What the session sends.
extension RTSPClient {
    mutating func sendOptions() throws(RTSPError) {
        try send(PendingRequest(kind: .options, method: "OPTIONS", address: address, extra: ""))
    }

    mutating func sendDescribe() throws(RTSPError) {
        try send(
            PendingRequest(
                kind: .describe,
                method: "DESCRIBE",
                address: address,
                extra: "Accept: application/sdp\r\n"
            )
        )
    }

    mutating func sendSetup(_ index: Int) throws(RTSPError) {
        let setup = setups[index]
        let channels = "\(setup.channels.media)-\(setup.channels.control)"
        try send(
            PendingRequest(
                kind: .setup(index),
                method: "SETUP",
                address: setup.address,
                extra: "Transport: RTP/AVP/TCP;unicast;interleaved=\(channels)\r\n"
            )
        )
    }

    mutating func sendPlay() throws(RTSPError) {
        try send(
            PendingRequest(
                kind: .play,
                method: "PLAY",
                address: address,
                extra: "Range: npt=0.000-\r\n"
            )
        )
    }

    mutating func sendKeepAlive() throws(RTSPError) {
        try send(
            PendingRequest(
                kind: .keepAlive,
                method: keepAliveMethod,
                address: address,
                extra: ""
            )
        )
    }

    /// Nothing without a session: there is nothing to tear down.
    mutating func sendTeardown() {
        guard session != nil else { return }
        // At the end no error of it matters any more.
        _ = try? write(
            PendingRequest(kind: .options, method: "TEARDOWN", address: address, extra: "")
        )
    }

    /// Sends a request whose response is awaited; one that was still waiting is given up.
    mutating func send(_ request: PendingRequest) throws(RTSPError) {
        pending = try write(request)
    }

    /// Answers a request of the camera.
    mutating func respond(_ status: String, to request: Message) throws(RTSPError) {
        let number = request["cseq"].flatMap { ASCII.number($0, atMost: .max) } ?? 0
        try append("RTSP/1.0 \(status)\r\nCSeq: \(number)\r\n\r\n")
    }

    @discardableResult
    private mutating func write(_ request: PendingRequest) throws(RTSPError) -> PendingRequest {
        requestNumber += 1
        var sent = request
        sent.number = requestNumber
        var text = "\(request.method) \(request.address) RTSP/1.0\r\nCSeq: \(requestNumber)\r\n"
        text += "User-Agent: \(configuration.userAgent)\r\n"
        if let session { text += "Session: \(session.id)\r\n" }
        let answer = try authenticator.authorization(
            method: request.method,
            uri: request.address
        )
        if let answer {
            sent.isAuthorized = true
            text += "Authorization: \(answer)\r\n"
        }
        try append(text + request.extra + "\r\n")
        return sent
    }

    private mutating func append(_ text: String) throws(RTSPError) {
        guard output.count + text.utf8.count <= Self.outputLimit else {
            throw RTSPError(.limit, "the camera sends requests and reads no answers")
        }
        output.append(contentsOf: text.utf8)
    }
}
