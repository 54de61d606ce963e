import Domain
import Testing

@testable import RTSP

/// What real cameras do, one test each. Where a maker is known it is named.
@Suite struct QuirkTests {
    private static func expectPicture(_ transcript: Transcript) throws {
        var whole = transcript
        whole.rtp(Samples.idr(), time: 9_000, marker: true)
        let session = try Session.playing(whole)
        #expect(session.failure == nil)
        #expect(session.units.map(\.bytes) == [Samples.unit(Samples.idr())])
        #expect(session.lost() == 0)
    }

    @Test func `an SSRC with spaces before it in Transport`() throws {
        var transcript = Transcript()
        transcript.reply("200 OK")
        transcript.reply("200 OK", body: Transcript.videoSDP)
        transcript.reply(
            "200 OK",
            ["Session: 1", "Transport: RTP/AVP/TCP;unicast; interleaved=0-1 ; ssrc=  30A98EE7"]
        )
        transcript.reply("200 OK")
        try Self.expectPicture(transcript)
    }

    @Test(arguments: [
        "RTP-Info: url=trackID=0;seq=1;rtptime=0;", "RTP-Info: url=trackID=0;seq=0;rtptime=",
        "RTP-Info: url=rtsp://x/t;seq=46;rtptime=99999999999999999999", "RTP-Info: ;;,,=",
        "RTP-Info: seq=0", "RTP-Info:",
    ])
    func `an RTP-Info that ends in a semicolon, has no number or starts at 0 or 1`(
        _ line: String
    ) throws {
        try Self.expectPicture(.handshake(play: [line]))
    }

    @Test func `an SDP without an o line`() throws {
        let sdp = Transcript.videoSDP.split(separator: "\r\n").filter { !$0.hasPrefix("o=") }
        try Self.expectPicture(.handshake(sdp: sdp.joined(separator: "\r\n") + "\r\n"))
    }

    @Test func `fmtp and control before rtpmap, lines ended by LF only`() throws {
        let sdp = """
            v=0
            m=video 0 RTP/AVP 96
            a=control:trackID=0
            a=fmtp:96 sprop-parameter-sets=\(Base64.text(Samples.sps1080)),\(Base64.text(Samples.pps));
            a=rtpmap:96 h264/90000
            """
        let transcript = Transcript.handshake(sdp: sdp)
        try Self.expectPicture(transcript)
        #expect(try Session.playing(transcript).description?.video?.width == 1_920)
    }

    @Test func `a Content-Base without scheme or with user-info`() throws {
        let bare = try Session.playing(.handshake(describe: ["Content-Base: 127.0.0.1:8554/cam/"]))
        #expect(bare.sent.contains("SETUP rtsp://127.0.0.1:8554/cam?channel=1/trackID=0 RTSP"))
        let named = try Session.playing(
            .handshake(describe: ["Content-Base: rtsp://admin:pw@127.0.0.1:8554/cam/"])
        )
        #expect(named.sent.contains("SETUP rtsp://127.0.0.1:8554/cam/trackID=0 RTSP"))
        #expect(!named.sent.contains("pw@"))
    }

    @Test func `no Content-Type on the description`() throws {
        try Self.expectPicture(.handshake(describe: []))
    }

    @Test func `a marker on parameter sets and SEI ends no picture`() throws {
        var transcript = Transcript.handshake()
        transcript.rtp(Samples.sps1080, time: 1, marker: true)
        transcript.rtp(Samples.pps, time: 1, marker: true)
        transcript.rtp(Samples.sei, time: 1, marker: true)
        transcript.rtp(Samples.idr(), time: 1, marker: true)
        // SEI under a timestamp of its own goes with the picture behind it.
        transcript.rtp(Samples.sei, time: 2, marker: true)
        transcript.rtp(Samples.slice(), time: 3, marker: true)
        let session = try Session.playing(transcript)
        #expect(
            session.units.map(\.bytes) == [
                Samples.unit(Samples.sei, Samples.idr()),
                Samples.unit(Samples.sei, Samples.slice()),
            ]
        )
    }

    @Test func `Annex B inside a payload, whole and fragmented`() throws {
        let code: [UInt8] = [0, 0, 0, 1]
        let stream = Samples.sps360 + code + Samples.pps + code + Samples.sei + code + Samples.idr()
        var transcript = Transcript.handshake()
        transcript.rtp(code + stream, time: 1, marker: true)
        for piece in Samples.fragments(stream, size: 30) { transcript.rtp(piece, time: 2) }
        transcript.rtp(Samples.slice() + [0, 0, 1] + Samples.laterSlice(key: false), time: 3)
        transcript.rtp(Samples.slice(), time: 4)
        let session = try Session.playing(transcript)
        let key = Samples.unit(Samples.sei, Samples.idr())
        let slices = Samples.unit(Samples.slice(), Samples.laterSlice(key: false))
        #expect(session.units.map(\.bytes) == [key, key, slices])
        #expect(session.parameters.map(\.width) == [640])
        #expect(session.lost() == 0)
    }

    @Test func `Annex B inside sprop-parameter-sets`() throws {
        let sets = Base64.text([0, 0, 0, 1] + Samples.sps1080 + [0, 0, 0, 1] + Samples.pps)
        let sdp =
            "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
            + "a=fmtp:96 sprop-parameter-sets=\(sets)\r\n"
        let session = try Session.playing(.handshake(sdp: sdp))
        #expect(session.description?.video?.parameterSets == [Samples.sps1080, Samples.pps])
    }

    /// Tiandy.
    @Test func `a fragment type that changes on the way`() throws {
        var transcript = Transcript.handshake()
        var pieces = Samples.fragments(Samples.idr(length: 100), size: 30)
        for index in 1..<pieces.count { pieces[index][1] = pieces[index][1] & 0xe0 | 1 }
        for piece in pieces { transcript.rtp(piece, time: 1) }
        transcript.rtp(Samples.slice(), time: 2)
        let session = try Session.playing(transcript)
        #expect(session.units.map(\.bytes) == [Samples.unit(Samples.idr(length: 100))])
    }

    @Test func `empty fragments and empty packets`() throws {
        var transcript = Transcript.handshake()
        let pieces = Samples.fragments(Samples.idr(length: 100), size: 60)
        transcript.rtp([0x7c, 0x85], time: 1)
        transcript.rtp([0x7c, 0x05] + pieces[0].dropFirst(2), time: 1)
        transcript.rtp([0x7c, 0x05], time: 1)
        transcript.rtp([], time: 1)
        transcript.rtp(pieces[1], time: 1)
        transcript.rtp([0x7c], time: 2)
        transcript.rtp(Samples.slice(), time: 3, marker: true)
        let session = try Session.playing(transcript)
        #expect(
            session.units.map(\.bytes) == [
                Samples.unit(Samples.idr(length: 100)), Samples.unit(Samples.slice()),
            ]
        )
    }

    @Test func `a fragment without end bit ends with the next unit`() throws {
        var transcript = Transcript.handshake()
        for piece in Samples.fragments(Samples.idr(length: 100), size: 30) {
            transcript.rtp([piece[0], piece[1] & 0xbf] + piece.dropFirst(2), time: 1)
        }
        transcript.rtp(Samples.slice(), time: 2, marker: true)
        let session = try Session.playing(transcript)
        #expect(
            session.units.map(\.bytes) == [
                Samples.unit(Samples.idr(length: 100)), Samples.unit(Samples.slice()),
            ]
        )
    }

    /// live555 goes on sending an old session's packets into a new connection.
    @Test func `frames before the PLAY reply and of a stale session`() throws {
        var transcript = Transcript()
        transcript.rtp(Samples.slice(1), time: 77, ssrc: 1)
        transcript.reply("200 OK")
        transcript.reply("200 OK", body: Transcript.videoSDP)
        transcript.rtp(Samples.slice(2), time: 78, ssrc: 1)
        transcript.reply("200 OK", ["Session: 1", "Transport: RTP/AVP/TCP;interleaved=0-1"])
        transcript.frame(channel: 1, [0x80, 200])
        transcript.reply("200 OK")
        transcript.rtp(Samples.idr(), time: 9_000, marker: true)
        transcript.frame(
            channel: 0,
            Transcript.packet(Samples.slice(3), 79, true, ssrc: 1, sequence: 4_000)
        )
        transcript.rtp(Samples.slice(), time: 12_600, marker: true)
        let session = try Session.playing(transcript)
        #expect(session.units.map(\.rtpTimestamp) == [9_000, 12_600])
        #expect(session.lost() == 0)
    }

    @Test func `a source that really changes is followed`() throws {
        var transcript = Transcript.handshake()
        transcript.rtp(Samples.idr(), time: 1, marker: true)
        for index in 0..<12 {
            let packet = Transcript.packet(
                Samples.slice(),
                UInt32(1_000 + index),
                true,
                ssrc: 9,
                sequence: UInt16(100 + index)
            )
            transcript.frame(channel: 0, packet)
        }
        let session = try Session.playing(transcript)
        #expect(session.units.count == 6)
        #expect(session.lost() == SequenceTracker.foreignLimit)
    }

    @Test func `interleaved channels that were not assigned, and others than asked for`() throws {
        var transcript = Transcript()
        transcript.reply("200 OK")
        transcript.reply("200 OK", body: Transcript.videoSDP)
        transcript.reply("200 OK", ["Session: 1", "Transport: RTP/AVP/TCP;interleaved=8-9"])
        transcript.reply("200 OK")
        transcript.frame(channel: 200, [1, 2, 3])
        transcript.rtp(Samples.slice(), time: 5, marker: true, channel: 0)
        transcript.rtp(Samples.idr(), time: 1, marker: true, channel: 8)
        #expect(try Session.playing(transcript).units.map(\.isKey) == [true])
    }

    @Test func `a server that does not list GET_PARAMETER is kept alive all the same`() throws {
        var transcript = Transcript()
        transcript.reply("200 OK", ["Public: OPTIONS, DESCRIBE, SETUP, PLAY"])
        transcript.reply("200 OK", body: Transcript.videoSDP)
        transcript.reply("200 OK", ["Session: 1"])
        transcript.reply("200 OK")
        var session = try Session.playing(transcript)
        session.tick(after: 30)
        #expect(session.methods.filter { $0 == "OPTIONS" }.count == 2)
    }

    /// Dahua and Amcrest; ONVIF replay uses the same profile.
    @Test func `a header extension of profile 0xABAC, contributors and padding`() throws {
        var transcript = Transcript.handshake()
        var packet = Transcript.packet([], 1, true)
        packet[0] = 0x80 | 0x20 | 0x10 | 2
        packet += [UInt8](repeating: 0xee, count: 8)
        packet += [0xab, 0xac, 0, 3] + [UInt8](repeating: 0xdd, count: 12)
        packet += Samples.idr() + [0, 0, 3]
        transcript.frame(channel: 0, packet)
        let session = try Session.playing(transcript)
        #expect(session.units.map(\.bytes) == [Samples.unit(Samples.idr())])
    }

    @Test func `G711 with any frame length is a warning, not an error`() throws {
        let sdp = "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:37\r\n"
        let transcript = Transcript.handshake(sdp: Transcript.videoSDP + sdp)
        try Self.expectPicture(transcript)
        #expect(try Session.playing(transcript).description?.warnings.count == 1)
    }

    @Test func `replies without CSeq, with odd case and with folded lines`() throws {
        var transcript = Transcript()
        transcript.raw("RTSP/1.0 200 OK\r\npublic: OPTIONS,\r\n  GET_PARAMETER\r\n\r\n")
        let sdp = Transcript.videoSDP
        transcript.raw(
            "RTSP/1.0 200\r\ncseq:2\r\nCONTENT-LENGTH:  \(sdp.utf8.count) \r\n\r\n\(sdp)"
        )
        transcript.raw("\r\nRTSP/1.0 200 OK\nsession: 1 ; Timeout=10\n\n")
        transcript.raw("RTSP/1.0 200 OK\r\nCSeq: 4\r\nno colon here\r\n\r\n")
        try Self.expectPicture(transcript)
    }

    @Test func `a session level control address and an absolute track address`() throws {
        let sdp = Transcript.videoSDP
            .replacing("a=control:*", with: "a=control:rtsp://127.0.0.1:8554/all")
            .replacing("a=control:trackID=0", with: "a=control:rtsp://127.0.0.1:8554/all/v")
        let session = try Session.playing(.handshake(sdp: sdp))
        #expect(session.sent.contains("SETUP rtsp://127.0.0.1:8554/all/v RTSP"))
        #expect(session.sent.contains("PLAY rtsp://127.0.0.1:8554/all RTSP"))
    }
}
