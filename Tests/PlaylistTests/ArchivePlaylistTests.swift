import Domain
import Playlist
import TestSupport
import Testing

@Suite struct ArchivePlaylistTests {
    private var factory = ChunkFactory()
    private let late = nine + seconds(1_000_000)

    private func render(
        _ chunks: [Chunk],
        _ from: Double,
        _ to: Double,
        gaps: [Gap] = [],
        now: WallTime? = nil
    ) throws -> String {
        try ArchivePlaylist.render(
            chunks: chunks,
            gaps: gaps,
            from: nine + seconds(from),
            to: nine + seconds(to),
            now: now ?? late,
            media: uri
        )
    }

    @Test mutating func `an hour of whole chunks lists each segment once`() throws {
        let chunks = (0..<60).map { index in
            factory.chunk(
                at: nine + seconds(Double(index) * 60),
                [Double](repeating: 4, count: 15)
            )
        }
        let text = try render((chunks + chunks.prefix(20)).shuffled(), 0, 3_600)
        #expect(violations(text).isEmpty)
        #expect(text.lines("#EXTINF:4.000000,").count == 900)
        #expect(text.lines("#EXT-X-MAP").count == 1)
        #expect(text.contains("#EXT-X-MAP:URI=\"\(uri(chunks[0]))\",BYTERANGE=\"900@0\"\n"))
        #expect(text.contains("#EXT-X-BYTERANGE:1000000@900\n"))
        #expect(text.lines("#EXT-X-INDEPENDENT-SEGMENTS").count == 1)
        #expect(text.lines("#EXT-X-DISCONTINUITY").isEmpty)
        #expect(text.hasSuffix("#EXT-X-ENDLIST\n"))
        #expect(text.contains("#EXT-X-VERSION:6\n"))
        #expect(abs(text.playlistSeconds - 3_600) < 0.001)
    }

    @Test mutating func `a range begins at an independent segment and ends past its end`() throws {
        let chunks = [
            factory.chunk(at: nine, [6, 6, 6]) { $0 == 0 },
            factory.chunk(at: nine + seconds(18), [6, 6, 6]) { $0 == 1 },
        ]
        let text = try render(chunks, 20, 31)
        // 20 s lies in the fourth segment, which needs the first.
        #expect(text.lines("#EXTINF").count == 6)
        #expect(text.lines("#EXT-X-INDEPENDENT-SEGMENTS").isEmpty)
        #expect(violations(text).isEmpty)
        #expect(try render(chunks, 25, 29).lines("#EXTINF").count == 1)
        #expect(try render(chunks, 25, 29).contains("#EXT-X-INDEPENDENT-SEGMENTS"))
        // What it depends on is not there: it is played all the same.
        #expect(try render([chunks[1]], 18, 24).lines("#EXTINF").count == 1)
    }

    @Test mutating func `a day with fifty gaps plays through`() throws {
        var chunks: [Chunk] = []
        var cursor = 0.0
        var missing = 0.0
        for index in 0..<50 {
            factory.startRun(hash: index % 7 == 0 ? "00000000000000b\(index % 10)" : nil)
            for _ in 0..<27 {
                chunks.append(
                    factory.chunk(at: nine + seconds(cursor), [Double](repeating: 4, count: 15))
                )
                cursor += 60
            }
            let gap = 20 + Double(index) * 3.7
            missing += gap
            cursor += gap
        }
        #expect(cursor > 86_400)
        let text = try render(chunks.shuffled(), 0, 86_400)
        #expect(violations(text).isEmpty)
        #expect(abs(text.playlistSeconds - 86_400) < 4)
        let starts = chunks.filter { $0.start < nine + seconds(86_400) }
        #expect(text.lines("#EXT-X-DISCONTINUITY").count == Set(starts.map(\.run)).count - 1)
        #expect(text.lines("#EXT-X-GAP").count > 49)
        #expect(text.utf8.count < 8_000_000)
    }

    @Test mutating func `gaps at the front, inside and at the end are listed in pieces`() throws {
        let first = factory.chunk(at: nine + seconds(20), [4, 4])
        factory.startRun()
        let second = factory.chunk(at: nine + seconds(41), [4])
        let text = try render([first, second], 0, 60)
        #expect(violations(text).isEmpty)
        #expect(abs(text.playlistSeconds - 60) < 0.001)
        // 20 s, 13 s and 15 s.
        #expect(text.lines("#EXT-X-GAP").count == 4 + 3 + 3)
        #expect(text.lines("#EXT-X-DISCONTINUITY").count == 2)
        let map = try #require(text.firstRange(of: "#EXT-X-MAP"))
        let gap = try #require(text.firstRange(of: "#EXT-X-GAP"))
        #expect(map.lowerBound < gap.lowerBound)
    }

    @Test mutating func `a range up to now ends with the last closed segment`() throws {
        let chunk = factory.chunk(at: nine, [4, 4, 4])
        let now = nine + seconds(17)
        let open = try render([chunk], 0, 86_000, now: now)
        #expect(open.lines("#EXT-X-GAP").isEmpty)
        #expect(violations(open).isEmpty)
        let gap = Gap(start: nine + seconds(12), end: now, reason: .cameraOffline)
        let silent = try render([chunk], 0, 86_000, gaps: [gap], now: now)
        #expect(silent.lines("#EXT-X-GAP").count == 1)
        #expect(abs(silent.playlistSeconds - 17) < 0.001)
        let dead = try render([chunk], 0, 86_000, now: nine + seconds(60))
        #expect(dead.lines("#EXT-X-GAP").count == 8)
    }

    @Test func `a range with nothing is gaps alone`() throws {
        let text = try render([], 0, 3_600)
        #expect(violations(text).isEmpty)
        #expect(text.lines("#EXT-X-GAP").count == 600)
        #expect(text.contains("#EXT-X-VERSION:3\n"))
    }

    @Test mutating func `where epochs overlap the newer plays and no time is repeated`() throws {
        let old = factory.chunk(at: nine, [4, 4, 4, 4, 4])
        factory.epoch = 2
        factory.sequence = 0
        factory.startRun()
        let new = factory.chunk(at: nine + seconds(10), [4, 4, 4])
        let text = try render([new, old], 0, 22)
        #expect(violations(text).isEmpty)
        #expect(text.lines("/media/spool/t/c/main/1-1.mp4").count == 2)
        #expect(text.lines("/media/spool/t/c/main/2-1.mp4").count == 3)
        #expect(text.lines("#EXT-X-GAP").count == 1)
        #expect(abs(text.playlistSeconds - 22) < 0.001)
    }

    @Test mutating func `an old epoch goes on where the new one ends`() throws {
        let old = factory.chunk(at: nine, [Double](repeating: 4, count: 15))
        factory.epoch = 2
        factory.startRun()
        let new = factory.chunk(at: nine + seconds(20), [4, 4])
        let text = try render([old, new], 0, 60)
        #expect(violations(text).isEmpty)
        #expect(text.lines("/media/spool").count == 15)
        #expect(text.lines("#EXT-X-DISCONTINUITY").count == 2)
        #expect(abs(text.playlistSeconds - 60) < 0.001)
    }

    @Test mutating func `runs of one epoch are never left out, whatever their clocks say`() throws {
        let before = factory.chunk(at: nine + seconds(3_600), [4, 4])
        factory.startRun()
        let after = factory.chunk(at: nine, [4, 4])
        let text = try render([before, after], 0, 3_700)
        #expect(text.lines("/media/spool").count == 4)
        #expect(violations(text, advice: false).isEmpty)
        // Two seconds of drift between two runs: both whole.
        factory.startRun()
        let first = factory.chunk(at: nine + seconds(5_000), [4, 4])
        factory.startRun()
        let second = factory.chunk(at: nine + seconds(5_006), [4, 4])
        #expect(try render([first, second], 5_000, 5_014).lines("/media/spool").count == 4)
    }

    @Test mutating func `dates come back with the gap after a run that overlapped`() throws {
        let first = factory.chunk(at: nine, [4, 4])
        factory.startRun()
        let overlapping = factory.chunk(at: nine + seconds(6.5), [4, 4])
        factory.startRun()
        let later = factory.chunk(at: nine + seconds(20), [4])
        let text = try render([first, overlapping, later], 0, 24)
        #expect(text.lines("/media/spool").count == 5)
        #expect(violations(text).map(\.rule) == [.undatedDiscontinuity])
        #expect(text.contains("#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:16.000Z"))
        #expect(text.contains("#EXT-X-PROGRAM-DATE-TIME:2026-01-31T09:00:20.000Z"))
        #expect(abs(text.playlistSeconds - 24) < 0.001)
        // Below a second both are dated and whole.
        factory.startRun()
        let close = factory.chunk(at: nine + seconds(23.1), [4])
        let both = try render([later, close], 20, 27)
        #expect(violations(both).isEmpty)
        #expect(both.lines("#EXT-X-PROGRAM-DATE-TIME").count == 2)
    }

    @Test mutating func `a hole inside a run is a gap and a discontinuity`() throws {
        let first = factory.chunk(at: nine, [4, 4])
        _ = factory.chunk(at: nine + seconds(8), [4, 4])
        let third = factory.chunk(at: nine + seconds(16), [4, 4])
        let text = try render([first, third], 0, 24)
        #expect(violations(text).isEmpty)
        #expect(text.lines("#EXT-X-GAP").count == 2)
        #expect(text.lines("#EXT-X-DISCONTINUITY").count == 1)
    }

    @Test func `bad ranges say what is wrong`() {
        let cases: [(Double, Double, ArchivePlaylistError.Code)] = [
            (10, 10, .emptyRange), (10, 5, .emptyRange), (0, 86_401, .rangeTooLong),
            (2_000_000, 2_000_010, .emptyRange),
        ]
        for (from, to, code) in cases {
            #expect { try render([], from, to) } throws: {
                ($0 as? ArchivePlaylistError)?.code == code && !"\($0)".isEmpty
            }
        }
        #expect(throws: ArchivePlaylistError.self) {
            try ArchivePlaylist.render(
                chunks: [],
                from: WallTime(microseconds: .min),
                to: WallTime(microseconds: .max),
                now: nine,
                media: uri
            )
        }
    }

    @Test mutating func `too many segments are refused`() {
        var chunks: [Chunk] = []
        for index in 0..<70 {
            chunks.append(
                factory.chunk(
                    at: nine + seconds(Double(index) * 50),
                    [Double](repeating: 0.05, count: 1_000)
                )
            )
        }
        #expect { try render(chunks, 0, 4_000) } throws: {
            ($0 as? ArchivePlaylistError)?.code == .tooManySegments
        }
    }

    @Test func `random archives keep every rule`() throws {
        let seed = UInt64.random(in: .min ... .max)
        print("archives: seed \(seed)")
        for index in 0..<100 {
            var random = SeededRandom(seed: seed &+ UInt64(index))
            try check(&random, "seed \(seed) + \(index)")
        }
    }

    private func check(_ random: inout SeededRandom, _ name: String) throws {
        var factory = ChunkFactory()
        var chunks: [Chunk] = []
        var cursor = 0.0
        let hasEpochs = Bool.random(using: &random)
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                factory.startRun()
                cursor += Double.random(in: 0...300, using: &random)
            case 1:
                factory.startRun(hash: "00000000000000c\(Int.random(in: 0...3, using: &random))")
            case 2 where hasEpochs:
                factory.epoch += 1
                factory.sequence = 0
                factory.startRun()
                cursor = max(0, cursor + Double.random(in: -90...30, using: &random))
            default: break
            }
            let durations = (0..<Int.random(in: 1...15, using: &random)).map { _ in
                (Double.random(in: 1...6.4, using: &random) * 90_000).rounded() / 90_000
            }
            let isIndependent = (0..<15).map { _ in Int.random(in: 0..<10, using: &random) > 0 }
            let chunk = factory.chunk(at: nine + seconds(cursor), durations) {
                isIndependent[$0]
            }
            cursor += durations.reduce(0, +)
            if Int.random(in: 0..<15, using: &random) > 0 { chunks.append(chunk) }
        }
        let from = Double.random(in: 0...1_000, using: &random)
        let to = from + Double.random(in: 1...3_000, using: &random)
        let given = (chunks + chunks.filter { _ in Bool.random(using: &random) })
            .shuffled(using: &random)
        let text = try render(given, from, to)
        #expect(violations(text).isEmpty, "\(name)")
        let media = listed(text)
        let all = Dictionary(
            uniqueKeysWithValues: chunks.flatMap { chunk in
                chunk.segments.map { ("\(uri(chunk)) \($0.length)@\($0.offset)", (chunk, $0)) }
            }
        )
        let isTrue = !media.isEmpty && media.allSatisfy { all[$0]?.1.isIndependent == true }
        #expect(isTrue == text.contains("#EXT-X-INDEPENDENT-SEGMENTS"), "\(name)")
        guard !hasEpochs else { return }
        for (key, (chunk, segment)) in all
        where chunk.wallTime(of: segment.end) > nine + seconds(from)
            && chunk.wallTime(of: segment.start) < nine + seconds(to)
        {
            #expect(media.contains(key), "\(name): \(key) is missing")
        }
        #expect(text.playlistSeconds >= to - from - 0.2, "\(name)")
    }

    /// URI and range of each segment with media.
    private func listed(_ text: String) -> Set<String> {
        var range = ""
        var result: Set<String> = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("#EXT-X-BYTERANGE:") { range = String(line.dropFirst(17)) }
            if line.hasPrefix("/media/spool") { result.insert("\(line) \(range)") }
        }
        return result
    }
}
