import Domain
import Testing

@testable import RTSP

/// A camera that lies costs its own session: an error, never a trap, and bounded memory.
@Suite struct HostileTests {
    private static func answer(_ headers: String) throws -> RTSPError? {
        var session = try Session()
        session.feed(Array("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\(headers)\r\n\r\n".utf8))
        return session.failure
    }

    @Test(arguments: [
        ("Content-Length: -1", RTSPError.Code.protocolViolation),
        ("Content-Length: 12abc", .protocolViolation), ("Content-Length: ", .protocolViolation),
        ("Content-Length: 1\r\nContent-Length: 2", .protocolViolation),
        ("Content-Length: 99999999999999999999999999", .limit), ("Content-Length: 65537", .limit),
    ])
    func `a Content-Length that lies ends the session`(
        _ header: String,
        _ code: RTSPError.Code
    ) throws {
        #expect(try Self.answer(header)?.code == code)
    }

    @Test func `header bombs end the session`() throws {
        let many = (0..<100).map { "X-\($0): y" }.joined(separator: "\r\n")
        #expect(try Self.answer(many)?.code == .limit)
        #expect(try Self.answer("X: " + String(repeating: "y", count: 9_000))?.code == .limit)
        var session = try Session()
        session.feed(Array("RTSP/1.0 200 OK\r\n".utf8))
        for _ in 0..<100_000 where session.failure == nil {
            session.feed(Array(("X: " + String(repeating: "z", count: 1_000) + "\r\n").utf8))
        }
        #expect(session.failure?.code == .limit)
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "\u{0}\u{1}", "{}",
        "RTSP/1.0 abc OK\r\n\r\n", "RTSP/1.0 099 OK\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "RTSP/1.0\r\n\r\n", "A\r\n\r\n",
    ])
    func `bytes that are not RTSP end the session`(_ text: String) throws {
        var session = try Session()
        session.feed(Array(text.utf8))
        #expect(session.failure?.code == .protocolViolation)
        #expect(session.failure?.message.contains("OpenSSH") == false)
    }

    @Test func `an SDP without end and one of too many tracks end the session`() throws {
        let line = "a=x:" + String(repeating: "y", count: 996) + "\n"
        let endless = String(repeating: line, count: 70)
        #expect(try Session.playing(.handshake(sdp: endless)).failure?.code == .limit)
        let tracks = String(repeating: "m=video 0 RTP/AVP 96\r\n", count: 9)
        #expect(try Session.playing(.handshake(sdp: tracks)).failure?.code == .limit)
        let nothing = try Session.playing(.handshake(sdp: "\u{0}\u{0}\nm=\nm=video\na=rtpmap:\n"))
        #expect(nothing.failure?.code == .unsupported)
    }

    @Test func `a frame length that lies leaves bytes that end the session`() throws {
        var session = try Session.playing(.handshake())
        let packet = Transcript.packet(Samples.idr(), 1, true)
        session.feed([36, 0, 0, UInt8(packet.count - 5)] + packet)
        #expect(session.failure?.code == .protocolViolation)
        #expect(session.methods.last == "TEARDOWN")
    }

    @Test func `a picture without end is given up at the limit`() throws {
        var transcript = Transcript.handshake()
        var session = try Session.playing(transcript)
        let piece = [UInt8](repeating: 0x55, count: 60_000)
        var fed = transcript.bytes.count
        for index in 0..<200 where session.failure == nil {
            transcript.rtp([0x7c, index == 0 ? 0x85 : 0x05] + piece, time: 1)
            session.feed(Array(transcript.bytes[fed...]))
            fed = transcript.bytes.count
        }
        #expect(session.failure?.code == .limit)
        #expect(fed < AccessUnitAssembler.unitLimit + 200_000)
    }

    @Test(arguments: [
        [0x78, 0xff, 0xff, 0x65] as [UInt8], [0x78, 0, 4, 0x65], [0x78, 0], [0x78],
        [0x78, 0, 0, 0, 0], [0x7c], [0x7c, 0x05, 1], [0x7c, 0xfc, 1], [0x79, 0, 0, 1],
        [0x7e, 1], [0x65], [0], [0, 0, 1], [0, 0, 0, 1], [0x67], [0x68], [0x67, 0x42],
    ])
    func `payloads that lie cost their picture only`(_ payload: [UInt8]) throws {
        for sdp in [Transcript.videoSDP, Transcript.video265SDP] {
            let is265 = sdp == Transcript.video265SDP
            let type: UInt8 = is265 ? 98 : 96
            let good = is265 ? [0x26, 0x01, 0x80, 4] : Samples.idr()
            var transcript = Transcript.handshake(sdp: sdp)
            transcript.rtp(good, time: 1, marker: true, type: type)
            transcript.rtp(payload, time: 2, marker: true, type: type)
            transcript.rtp(good, time: 3, marker: true, type: type)
            let session = try Session.playing(transcript)
            #expect(session.failure == nil)
            #expect(session.units.map(\.rtpTimestamp).contains(1))
            #expect(session.units.map(\.rtpTimestamp).contains(3))
        }
    }

    @Test func `packets that stay unreadable end the session`() throws {
        var transcript = Transcript.handshake()
        for _ in 0..<VideoTrack.unusableLimit { transcript.frame(channel: 0, [0x40, 1, 2]) }
        #expect(try Session.playing(transcript).failure?.code == .protocolViolation)
    }

    @Test func `RTP headers whose lengths lie are refused`() {
        var header = Transcript.packet([], 1, false)
        let table: [(UInt8, [UInt8])] = [
            (0x8f, []), (0x90, []), (0x90, [0xab, 0xac]), (0x90, [0xab, 0xac, 0xff, 0xff]),
            (0xa0, [0]), (0xa0, [255]), (0xa0, [14]), (0x00, []),
        ]
        for (first, more) in table {
            header[0] = first
            let packet = header + more
            let parsed = RTPHeader(packet.span)
            #expect(parsed == nil, "\(first) \(more)")
        }
        for length in 0..<12 {
            let short = [UInt8](repeating: 0x80, count: length)
            let parsed = RTPHeader(short.span)
            #expect(parsed == nil)
        }
    }

    @Test func `a flood of requests whose answers are not read ends the session`() throws {
        var session = try Session.playing(.handshake())
        let flood = String(repeating: "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", count: 4_000)
        session.feed(Array(flood.utf8))
        #expect(session.failure?.code == .limit)
    }

    @Test func `an owner that takes no events is protected by a limit`() throws {
        var client = try Session.playing(.handshake()).client
        let small = [36, 2, 0, 0] as [UInt8]
        let lost = Transcript.packet([0x65, 0x88], 1, true)
        let bytes = [36, 0, 0, UInt8(lost.count)] + lost + small
        var sequence: UInt16 = 0
        var events = 0
        for _ in 0..<(EventQueue.countLimit * 2) {
            var packet = bytes
            sequence &+= 2
            packet[6] = UInt8(sequence >> 8)
            packet[7] = UInt8(sequence & 255)
            client.receive(packet.span, at: Session.start)
        }
        while client.nextEvent() != nil { events += 1 }
        #expect(events <= EventQueue.countLimit + 8)
    }

    @Test func `a challenge without end or with control characters is not answered`() throws {
        for text in [
            "Digest", "Digest nonce=\"abc", "Digest nonce=\"a\u{1}b\"", "Digest realm=x", "",
        ] {
            #expect(AuthenticationChallenge(text) == nil)
        }
    }
}
