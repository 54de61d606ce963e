/// The two channels of a track on the session's connection (RFC 2326 section 10.12).
struct InterleavedChannels: Equatable {
    let media: UInt8
    let control: UInt8

    /// What is asked for: 0-1 for the first track, 2-3 for the second.
    init(track: UInt8) {
        media = track * 2
        control = track * 2 + 1
    }

    /// What the camera granted in `Transport`; as asked where it says nothing about it. Its other
    /// parameters (`ssrc` above all) are not read: too many cameras get them wrong.
    init?(transport: String?, asked: InterleavedChannels) {
        self = asked
        guard let transport else { return }
        guard ASCII.hasPrefix(ASCII.trimmed(transport), "RTP/AVP/TCP") else { return nil }
        for piece in transport.split(separator: ";") {
            let pair = piece.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, ASCII.equal(ASCII.trimmed(pair[0]), "interleaved") else {
                continue
            }
            let numbers = pair[1].split(separator: "-").map {
                ASCII.number(ASCII.trimmed($0), atMost: 255)
            }
            guard let first = numbers.first, let media = first else { return nil }
            let second = numbers.count > 1 ? numbers[1] : nil
            self.init(media: UInt8(media), control: UInt8((second ?? media + 1) & 255))
            return
        }
    }

    private init(media: UInt8, control: UInt8) {
        self.media = media
        self.control = control
    }

    func overlaps(_ other: InterleavedChannels) -> Bool {
        media == other.media || media == other.control || control == other.media
    }
}
