import Domain
import FoundationEssentials

/// The SDP of a clip (RFC 4566): track 0 video, track 1 audio.
struct SessionDescription: Sendable {
    let text: String

    init(_ clip: Clip, host: String) {
        let sets = clip.parameterSets.map { Data($0).base64EncodedString() }
        var lines = [
            "v=0", "o=- 1 1 IN IP4 \(host)", "s=Simulated camera", "c=IN IP4 0.0.0.0", "t=0 0",
            "a=control:*", "a=range:npt=now-", "m=video 0 RTP/AVP 96",
        ]
        switch clip.codec {
        case .h264:
            let profile = clip.parameterSets[0].dropFirst().prefix(3).map { byte in
                let text = String(byte, radix: 16, uppercase: true)
                return text.utf8.count == 1 ? "0" + text : text
            }.joined()
            lines += [
                "a=rtpmap:96 H264/90000",
                "a=fmtp:96 packetization-mode=1;profile-level-id=\(profile);"
                    + "sprop-parameter-sets=\(sets.joined(separator: ","))",
            ]
        case .h265:
            let named = zip(clip.parameterSets, sets).map { unit, text in
                "\(Self.h265SetNames[unit[0] >> 1 & 0x3f] ?? "sprop-sei")=\(text)"
            }
            lines += [
                "a=rtpmap:96 H265/90000", "a=fmtp:96 \(named.joined(separator: ";"))",
            ]
        }
        lines += ["a=control:trackID=0"]
        if let audio = clip.audio {
            let config = audio.configuration.map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
            lines += [
                "m=audio 0 RTP/AVP 97",
                "a=rtpmap:97 MPEG4-GENERIC/\(audio.sampleRate)/\(audio.channels)",
                "a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;"
                    + "indexlength=3;indexdeltalength=3;config=\(config)",
                "a=control:trackID=1",
            ]
        }
        text = lines.joined(separator: "\r\n") + "\r\n"
    }

    private static let h265SetNames: [UInt8: String] = [
        32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps",
    ]
}
