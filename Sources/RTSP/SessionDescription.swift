import Domain

/// An SDP body (RFC 8866) as cameras write it: only what is needed is read, lines that are missing
/// or unknown do not matter.
struct SessionDescription: Equatable {
    /// Bytes of a body. Real ones have under 2 KiB.
    static let sizeLimit = 64 << 10
    /// Media sections. Cameras have up to four: video, audio, metadata, back channel.
    static let trackLimit = 8

    /// One `m=` section.
    struct Media: Equatable {
        /// `video`, `audio`, `application`, in lower case.
        var kind: String
        /// RTP/AVP and its relatives; anything else cannot be set up.
        var isRTP: Bool
        var payloadTypes: [UInt8]
        var encodings: [UInt8: Encoding] = [:]
        var formats: [UInt8: FormatParameters] = [:]
        var control: String?
    }

    /// `a=rtpmap`: the name in upper case and the RTP clock rate.
    struct Encoding: Equatable {
        var name: String
        var clockRate: Int
    }

    private(set) var control: String?
    private(set) var media: [Media] = []

    init(_ body: Span<UInt8>) throws(RTSPError) {
        guard body.count <= Self.sizeLimit else {
            throw RTSPError(
                .limit,
                "the camera sent a description of more than \(Self.sizeLimit >> 10) KiB"
            )
        }
        var line: [UInt8] = []
        for index in body.indices {
            let byte = body[index]
            guard byte == 10 || byte == 13 else {
                line.append(byte)
                continue
            }
            try read(line)
            line.removeAll(keepingCapacity: true)
        }
        try read(line)
    }

    private mutating func read(_ line: [UInt8]) throws(RTSPError) {
        guard line.count > 2, line[1] == 61 else { return }
        let value = String(decoding: line.dropFirst(2), as: UTF8.self)
        switch line[0] {
        case 109: try readMedia(value)
        case 97: readAttribute(value)
        default: break
        }
    }

    private mutating func readMedia(_ value: String) throws(RTSPError) {
        guard media.count < Self.trackLimit else {
            throw RTSPError(.limit, "the camera describes more than \(Self.trackLimit) tracks")
        }
        let words = value.split(separator: " ")
        media.append(
            Media(
                kind: words.first?.lowercased() ?? "",
                isRTP: words.count > 2 && ASCII.hasPrefix(words[2], "RTP/"),
                payloadTypes: words.dropFirst(3).prefix(16).compactMap {
                    ASCII.number($0, atMost: 127).map { UInt8($0) }
                }
            )
        )
    }

    private mutating func readAttribute(_ text: String) {
        let pair = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2 else { return }
        let value = ASCII.trimmed(pair[1])
        if ASCII.equal(pair[0], "control") {
            if media.isEmpty {
                control = String(value)
            } else {
                media[media.count - 1].control = String(value)
            }
            return
        }
        guard !media.isEmpty else { return }
        let words = value.split(separator: " ", maxSplits: 1)
        guard words.count == 2, let type = ASCII.number(words[0], atMost: 127) else { return }
        if ASCII.equal(pair[0], "rtpmap") {
            let parts = words[1].split(separator: "/")
            guard let name = parts.first else { return }
            let rate =
                parts.count > 1 ? ASCII.number(ASCII.trimmed(parts[1]), atMost: 10_000_000) : nil
            media[media.count - 1].encodings[UInt8(type)] = Encoding(
                name: ASCII.trimmed(name).uppercased(),
                clockRate: rate ?? 0
            )
        } else if ASCII.equal(pair[0], "fmtp") {
            media[media.count - 1].formats[UInt8(type)] = FormatParameters(words[1])
        }
    }
}
