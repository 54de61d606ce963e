import Domain
import Testing

@testable import RTSP

/// TCP cuts the bytes anywhere: what comes out must not depend on it.
@Suite struct SplitTests {
    private static func transcripts() -> [Transcript] {
        var first = Transcript.handshake(
            sdp: Transcript.videoSDP + Transcript.audioSDP,
            tracks: 2
        )
        for round in UInt32(0)..<3 {
            first.rtp(Samples.aggregate([24], Samples.sps360, Samples.pps), time: round)
            for piece in Samples.fragments(Samples.idr(length: 700), size: 300) {
                first.rtp(piece, time: round)
            }
            first.rtp([0, 16, 0, 24, 1, 2, 3], time: round, channel: 2, type: 97)
            first.raw("RTSP/1.0 200 OK\r\nCSeq: 9\r\nContent-Length: 4\r\n\r\n$$$$\r\n")
            first.rtp(Samples.slice(), time: round + 100, marker: true, lost: 1)
        }
        first.raw("OPTIONS * RTSP/1.0\r\nCSeq: 5\r\n\r\n")
        var second = Transcript.handshake(sdp: Transcript.video265SDP)
        let idr: [UInt8] = [0x26, 0x01, 0x80] + [UInt8](repeating: 36, count: 500)
        for piece in Samples.fragments265(idr, size: 200) { second.rtp(piece, time: 1, type: 98) }
        second.raw("garbage")
        var third = Transcript()
        third.reply("404 Not Found")
        third.reply("404 Not Found")
        return [first, second, third]
    }

    @Test func `byte by byte is the same as all at once`() throws {
        for transcript in Self.transcripts() {
            let whole = try Session.playing(transcript)
            var split = try Session()
            split.feed(transcript.bytes, cuts: Array(1..<transcript.bytes.count))
            #expect(split.events == whole.events)
            #expect(split.sent == whole.sent)
            #expect(!whole.events.isEmpty)
        }
    }

    @Test func `every cut in two is the same`() throws {
        for transcript in Self.transcripts() {
            let whole = try Session.playing(transcript)
            for cut in stride(from: 1, to: transcript.bytes.count, by: 3) {
                var split = try Session()
                split.feed(transcript.bytes, cuts: [cut])
                #expect(split.events == whole.events, "cut at \(cut)")
            }
        }
    }

    @Test func `random cuts are the same`() throws {
        let seed = UInt64.random(in: 1 ... .max)
        print("SplitTests seed \(seed)")
        var state = seed
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        for transcript in Self.transcripts() {
            let whole = try Session.playing(transcript)
            for _ in 0..<100 {
                var cuts: [Int] = []
                var place = 0
                let longest = 1 + next() % 400
                while place < transcript.bytes.count {
                    place += Int(1 + next() % longest)
                    if place < transcript.bytes.count { cuts.append(place) }
                }
                var split = try Session()
                split.feed(transcript.bytes, cuts: cuts)
                #expect(split.events == whole.events, "seed \(seed)")
                #expect(split.sent == whole.sent, "seed \(seed)")
            }
        }
    }
}
