import Domain

@testable import RTSP

/// What a camera sends in one session, as bytes: replies in the order the client asks, then frames.
struct Transcript {
    static let videoSDP = """
        v=0\r
        o=- 1 1 IN IP4 127.0.0.1\r
        s=Session\r
        t=0 0\r
        a=control:*\r
        m=video 0 RTP/AVP 96\r
        a=rtpmap:96 H264/90000\r
        a=fmtp:96 packetization-mode=1;profile-level-id=42c028;sprop-parameter-sets=\
        \(Base64.text(Samples.sps1080)),\(Base64.text(Samples.pps))\r
        a=control:trackID=0\r

        """
    static let audioSDP = """
        m=audio 0 RTP/AVP 97\r
        a=rtpmap:97 MPEG4-GENERIC/48000/2\r
        a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;\
        indexdeltalength=3;config=1190\r
        a=control:trackID=1\r

        """
    static let video265SDP = """
        m=video 0 RTP/AVP 98\r
        a=rtpmap:98 H265/90000\r
        a=fmtp:98 sprop-vps=\(Base64.text(Samples.vps265));\
        sprop-sps=\(Base64.text(Samples.sps265));sprop-pps=\(Base64.text(Samples.pps265))\r
        a=control:trackID=0\r

        """

    private(set) var bytes: [UInt8] = []
    private var number = 0
    private var sequences: [UInt8: UInt16] = [:]

    /// A reply to the client's next request.
    mutating func reply(_ status: String, _ headers: [String] = [], body: String = "") {
        number += 1
        var lines = ["RTSP/1.0 \(status)", "CSeq: \(number)"] + headers
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        raw(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    mutating func raw(_ text: String) {
        bytes += text.utf8
    }

    mutating func raw(_ more: [UInt8]) {
        bytes += more
    }

    mutating func frame(channel: UInt8, _ content: [UInt8]) {
        bytes += [36, channel, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
    }

    /// One RTP packet; its number is the next of its channel, after leaving out `lost`.
    mutating func rtp(
        _ payload: [UInt8],
        time: UInt32,
        marker: Bool = false,
        channel: UInt8 = 0,
        type: UInt8 = 96,
        ssrc: UInt32 = 0x1234_5678,
        lost: UInt16 = 0
    ) {
        let sequence = (sequences[channel] ?? 65_530) &+ lost
        sequences[channel] = sequence &+ 1
        frame(
            channel: channel,
            Self.packet(payload, time, marker, type: type, ssrc: ssrc, sequence: sequence)
        )
    }

    static func packet(
        _ payload: [UInt8],
        _ time: UInt32,
        _ marker: Bool,
        type: UInt8 = 96,
        ssrc: UInt32 = 0x1234_5678,
        sequence: UInt16 = 1
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.append([0x80, type | (marker ? 0x80 : 0)])
        writer.unsigned(UInt64(sequence), 2)
        writer.unsigned(UInt64(time), 4)
        writer.unsigned(UInt64(ssrc), 4)
        writer.append(payload)
        return writer.bytes
    }

    /// OPTIONS to PLAY, with one SETUP reply for each of `tracks`.
    static func handshake(
        sdp: String = videoSDP,
        tracks: Int = 1,
        session: String = "12345678;timeout=60",
        describe: [String] = ["Content-Type: application/sdp"],
        play: [String] = []
    ) -> Transcript {
        var transcript = Transcript()
        transcript.reply("200 OK", ["Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER"])
        transcript.reply("200 OK", describe, body: sdp)
        for track in 0..<tracks {
            let channels = "\(track * 2)-\(track * 2 + 1)"
            transcript.reply(
                "200 OK",
                ["Transport: RTP/AVP/TCP;unicast;interleaved=\(channels)", "Session: \(session)"]
            )
        }
        transcript.reply("200 OK", ["Session: \(session)"] + play)
        return transcript
    }
}
