/// What a run begins with where starting from nothing would never get far.
enum FuzzSeeds {
    static let sets264: [[UInt8]] = [
        [
            0x67, 0x42, 0xc0, 0x1e, 0xda, 0x02, 0x80, 0xbf, 0xe5, 0xc0, 0x44, 0, 0, 3, 0, 4, 0, 0,
            3, 0, 0xc8, 0x3c, 0x58, 0xba, 0x80,
        ],
        [0x68, 0xce, 0x0f, 0xc8],
    ]
    static let sets265: [[UInt8]] = [
        [
            0x40, 1, 0x0c, 1, 0xff, 0xff, 1, 0x60, 0, 0, 3, 0, 0x90, 0, 0, 3, 0, 0, 3, 0, 0x3f,
            0x95, 0x94, 0x09,
        ],
        [
            0x42, 1, 1, 1, 0x60, 0, 0, 3, 0, 0x90, 0, 0, 3, 0, 0, 3, 0, 0x3f, 0xa0, 5, 2, 1, 0x71,
            0xf2, 0xe5, 0x95, 0x95, 0x29, 0x30, 0xbc, 5, 0xa0, 0x20, 0, 0, 3, 0, 0x20, 0, 0, 3, 3,
            0x21,
        ],
        [0x44, 1, 0xc0, 0x73, 0xc1, 0x89],
    ]

    static let handshake =
        reply(1, "Public: GET_PARAMETER\r\n", "")
        + reply(2, "", description)
        + reply(3, "Session: 1;timeout=60\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n", "")
        + reply(4, "Transport: RTP/AVP/TCP;interleaved=2-3\r\n", "")
        + reply(5, "", "")

    private static let description =
        "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets="
        + sets264.map { Base64.text($0) }.joined(separator: ",")
        + "\r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000/2\r\n"
        + "a=fmtp:97 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1190\r\n"

    private static func reply(_ number: Int, _ headers: String, _ body: String) -> String {
        "RTSP/1.0 200 OK\r\nCSeq: \(number)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n"
            + body
    }
}
