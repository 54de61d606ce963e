import Domain
import Testing

@testable import RTSP

@Suite struct HandshakeTests {
    @Test func `a session asks in order and describes both tracks`() throws {
        let session = try Session.playing(
            .handshake(sdp: Transcript.videoSDP + Transcript.audioSDP, tracks: 2)
        )
        #expect(session.methods == ["OPTIONS", "DESCRIBE", "SETUP", "SETUP", "PLAY"])
        #expect(session.sent.contains("SETUP rtsp://127.0.0.1:8554/cam?channel=1/trackID=1 RTSP"))
        #expect(session.sent.contains("interleaved=2-3"))
        let description = try #require(session.description)
        #expect(description.hasVideo == .h264)
        #expect(description.video?.width == 1_920)
        #expect(description.video?.height == 1_080)
        #expect(description.video?.codecs == "avc1.42c028")
        #expect(description.audio?.sampleRate == 48_000)
        #expect(description.audio?.channels == 2)
        #expect(description.audio?.codecs == "mp4a.40.2")
        #expect(description.warnings.isEmpty)
    }

    @Test func `a handshake that takes too long fails and can be tried again`() throws {
        var session = try Session()
        session.tick(after: 9)
        #expect(session.events.isEmpty)
        session.tick(after: 10)
        #expect(session.failure?.code == .timeout)
        #expect(session.failure?.isRetryable == true)
    }

    @Test func `the session is kept alive at half of its timeout`() throws {
        var session = try Session.playing(.handshake(session: "1;timeout=20"))
        session.tick(after: 9)
        #expect(!session.methods.contains("GET_PARAMETER"))
        session.tick(after: 10)
        session.tick(after: 11)
        #expect(session.methods.filter { $0 == "GET_PARAMETER" }.count == 1)
        session.tick(after: 20)
        #expect(session.methods.filter { $0 == "GET_PARAMETER" }.count == 2)
    }

    @Test func `without a timeout the session is kept alive every 30 s`() throws {
        var session = try Session.playing(.handshake(session: "1"))
        session.tick(after: 29)
        #expect(session.methods.last == "PLAY")
        session.tick(after: 30)
        #expect(session.methods.last == "GET_PARAMETER")
    }

    @Test func `a refused keep-alive is replaced by OPTIONS and a lost session ends`() throws {
        var transcript = Transcript.handshake()
        var session = try Session.playing(transcript)
        session.tick(after: 30)
        var rest = transcript
        rest.reply("501 Not Implemented")
        session.feed(Array(rest.bytes.dropFirst(transcript.bytes.count)))
        session.tick(after: 60)
        #expect(session.methods.suffix(2) == ["GET_PARAMETER", "OPTIONS"])
        transcript = rest
        rest.reply("454 Session Not Found")
        session.feed(Array(rest.bytes.dropFirst(transcript.bytes.count)))
        #expect(session.failure?.code == .ended)
    }

    @Test func `close tears the session down once and nothing follows`() throws {
        var session = try Session.playing(.handshake())
        session.close()
        session.close()
        session.feed(Transcript.handshake().bytes)
        #expect(session.methods.filter { $0 == "TEARDOWN" }.count == 1)
        #expect(session.sent.contains("Session: 12345678\r\n"))
        #expect(session.events.last == .closed)
    }

    @Test(arguments: [
        ("404 Not Found", RTSPError.Code.notFound), ("403 Forbidden", .authentication),
        ("503 Service Unavailable", .rejected), ("408 Request Timeout", .timeout),
    ])
    func `a refused DESCRIBE says why`(_ status: String, _ code: RTSPError.Code) throws {
        var transcript = Transcript()
        transcript.reply("200 OK")
        transcript.reply(status)
        #expect(try Session.playing(transcript).failure?.code == code)
    }

    @Test func `a redirect is told with its target and without its password`() throws {
        var transcript = Transcript()
        transcript.reply("200 OK")
        transcript.reply("302 Moved", ["Location: rtsp://u:secret@169.254.169.254/latest"])
        let session = try Session.playing(transcript)
        let failure = try #require(session.failure)
        #expect(failure.code == .redirect)
        #expect(failure.redirectTarget?.host == "169.254.169.254")
        #expect(!"\(failure)\(String(reflecting: failure))".contains("secret"))
        #expect(session.methods == ["OPTIONS", "DESCRIBE"])
    }

    @Test func `a refused audio track leaves the video and a warning`() throws {
        var transcript = Transcript()
        transcript.reply("200 OK")
        transcript.reply("200 OK", body: Transcript.videoSDP + Transcript.audioSDP)
        transcript.reply("200 OK", ["Session: 1", "Transport: RTP/AVP/TCP;interleaved=0-1"])
        transcript.reply("453 Not Enough Bandwidth")
        transcript.reply("200 OK")
        transcript.rtp(Samples.idr(), time: 1, marker: true)
        let session = try Session.playing(transcript)
        #expect(session.description?.audio == nil)
        #expect(session.description?.warnings.count == 1)
        #expect(session.units.count == 1)
    }

    @Test func `a camera without RTP over TCP is told from one that refuses`() throws {
        var transcript = Transcript()
        transcript.reply("200 OK")
        transcript.reply("200 OK", body: Transcript.videoSDP)
        var udp = transcript
        transcript.reply("461 Unsupported Transport")
        #expect(try Session.playing(transcript).failure?.code == .unsupported)
        udp.reply("200 OK", ["Session: 1", "Transport: RTP/AVP;unicast;client_port=1-2"])
        #expect(try Session.playing(udp).failure?.code == .unsupported)
    }

    @Test func `a camera's own requests are answered and its TEARDOWN ends the session`() throws {
        var transcript = Transcript.handshake()
        transcript.raw(
            "OPTIONS * RTSP/1.0\r\nCSeq: 77\r\n\r\nRECORD x RTSP/1.0\r\nCSeq: 78\r\n\r\n"
        )
        var session = try Session.playing(transcript)
        #expect(session.sent.contains("RTSP/1.0 200 OK\r\nCSeq: 77\r\n"))
        #expect(session.sent.contains("RTSP/1.0 501 Not Implemented\r\nCSeq: 78\r\n"))
        session.feed(Array("TEARDOWN * RTSP/1.0\r\nCSeq: 79\r\n\r\n".utf8))
        #expect(session.failure?.code == .ended)
    }

    @Test func `what is not recorded is a warning and a camera without video fails`() throws {
        let audio = "m=audio 0 RTP/AVP 0\r\na=control:a\r\nm=application 0 RTP/AVP 107\r\n"
        let session = try Session.playing(.handshake(sdp: Transcript.videoSDP + audio))
        #expect(session.description?.warnings.count == 2)
        #expect(session.description?.warnings.first?.contains("G.711 (PCMU)") == true)
        let unsupported = session.events.filter {
            if case .unsupported = $0 { true } else { false }
        }
        #expect(unsupported.count == 2)
        let still = try Session.playing(.handshake(sdp: "m=video 0 RTP/AVP 26\r\n" + audio))
        #expect(still.failure?.code == .unsupported)
        #expect(still.failure?.message.contains("JPEG") == true)
        #expect(still.methods == ["OPTIONS", "DESCRIBE"])
    }
}
