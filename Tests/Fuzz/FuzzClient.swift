/// A whole session: bytes of a camera at random cuts, ticks and a close between them. The same
/// bytes at once must give the same events.
func fuzzClient(_ given: FuzzInput) -> Int32 {
    var input = given
    guard
        let url = try? CameraURL.parse("rtsp://127.0.0.1/a").url
    else { return 0 }
    let start = MonotonicTime(nanoseconds: 0)
    let step = 1 + Int(input.byte())
    let handshake = input.byte() & 1 == 1
    func session() -> RTSPClient {
        var client = RTSPClient(
            RTSPClient.Configuration(
                url: url,
                credentials: CameraCredentials(user: "u", password: "canary"),
                userAgent: "F",
                nonceSeed: 1
            )
        )
        client.connected(at: start)
        if handshake { client.receive(Array(FuzzSeeds.handshake.utf8).span, at: start) }
        return client
    }
    let bytes = input.rest()
    var split = session()
    var position = 0
    while position < bytes.count {
        let end = min(position + step, bytes.count)
        split.receive(bytes.span.extracting(position..<end), at: start)
        position = end
    }
    var whole = session()
    whole.receive(bytes.span, at: start)
    while let event = whole.nextEvent() {
        precondition(split.nextEvent() == event)
        if case .failed(let error) = event { precondition(!error.message.contains("canary")) }
    }
    precondition(split.nextEvent() == nil)
    precondition(split.takeOutput() == whole.takeOutput())
    whole.tick(at: start + .seconds(3_600))
    whole.close()
    _ = whole.takeOutput()
    return 0
}
