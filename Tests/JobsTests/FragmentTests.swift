import Domain
import Foundation
import TestSupport
import Testing

@testable import Jobs

/// Segments found again in the fragments of an object.
struct FragmentTests {
    /// One fragment: `moof` with a video track of two pictures, and `mdat`.
    private static func fragment(
        _ start: Int64,
        _ duration: Int64,
        isKey: Bool,
        bytes: Int = 50
    ) -> [UInt8] {
        let flags: UInt64 = isKey ? 0x200_0000 : 0x101_0000
        let header = box("tfhd", [number(0x2_0020, 4), number(1, 4), number(0x101_0000, 4)])
        let time = box("tfdt", [number(1 << 24, 4), number(UInt64(start), 8)])
        let run = box(
            "trun",
            [
                number(0x305, 4), number(2, 4), number(0, 4), number(flags, 4),
                number(UInt64(duration / 2), 4), number(UInt64(bytes / 2), 4),
                number(UInt64(duration - duration / 2), 4), number(UInt64(bytes / 2), 4),
            ]
        )
        let audio = box(
            "traf",
            [box("tfhd", [number(0x2_0000, 4), number(2, 4)]), box("tfdt", [number(0, 8)])]
        )
        let moof = box(
            "moof",
            [box("mfhd", [number(0, 8)]), box("traf", [header, time, run]), audio]
        )
        return moof + box("mdat", [[UInt8](repeating: 7, count: bytes)])
    }

    private static func number(_ value: UInt64, _ width: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.unsigned(value, width)
        return writer.bytes
    }

    private static func box(_ type: String, _ parts: [[UInt8]]) -> [UInt8] {
        let content = parts.flatMap { $0 }
        return number(UInt64(content.count + 8), 4) + Array(type.utf8) + content
    }

    private static func moof(_ bytes: [UInt8]) -> [UInt8] {
        guard let head = BoxHead(bytes, at: 0) else { return [] }
        return Array(bytes[head.headLength..<head.length])
    }

    @Test(arguments: [true, false])
    func `time, length and key of a fragment are those of its pictures`(isKey: Bool) throws {
        let bytes = Self.fragment(1 << 33, 45_001, isKey: isKey)
        let read = try #require(MovieFragment(moof: Self.moof(bytes)))
        #expect(read.start == MediaTime(ticks: 1 << 33))
        #expect(read.duration == MediaTime(ticks: 45_001))
        #expect(read.isKey == isKey)
    }

    @Test func `a fragment that is cut off anywhere or damaged is none, and traps nothing`() {
        let moof = Self.moof(Self.fragment(9_000, 45_000, isKey: true))
        for length in 1..<moof.count {
            // The audio's track may be missing as a whole.
            let read = MovieFragment(moof: Array(moof[..<length]))
            #expect(
                read == nil || BoxHead(moof, at: 16).map { 16 + $0.length } == length
                    || length == 16
            )
        }
        var generator = SeededRandom(seed: 5)
        for _ in 0..<20_000 {
            var bytes = moof
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                    in: 0...255,
                    using: &generator
                )
            }
            _ = MovieFragment(moof: bytes)
        }
    }

    @Test func `a fragment that claims more than it can have is none`() {
        let header = Self.box("tfhd", [Self.number(0x2_0000, 4), Self.number(1, 4)])
        let time = Self.box("tfdt", [Self.number(1 << 24, 4), Self.number(0, 8)])
        func moof(_ tracks: [[[UInt8]]]) -> [UInt8] { tracks.flatMap { Self.box("traf", $0) } }
        // No bytes of their own: only their number says how long reading them takes.
        let run = Self.box("trun", [Self.number(0, 4), Self.number(65_536, 4)])
        #expect(MovieFragment(moof: moof([[header, time, run]])) != nil)
        #expect(MovieFragment(moof: moof([[header, time, run, run]])) == nil)
        #expect(MovieFragment(moof: moof([[header, time], [header, time]])) == nil)
        for ticks in [1 << 52, (1 << 52) + 1, 1 << 63] as [UInt64] {
            let late = Self.box("tfdt", [Self.number(1 << 24, 4), Self.number(ticks, 8)])
            #expect((MovieFragment(moof: moof([[header, late]])) != nil) == (ticks == 1 << 52))
        }
    }

    /// Fragments of these lengths in seconds, `k` where one begins with a key picture.
    private static func fragments(_ parts: [(seconds: Double, isKey: Bool)]) -> [MovieFragment] {
        var found: [MovieFragment] = []
        var time = MediaTime(ticks: 9_000)
        var offset = 100
        for part in parts {
            let duration = MediaTime(seconds: part.seconds)
            let bytes = fragment(time.ticks, duration.ticks, isKey: part.isKey)
            guard var read = MovieFragment(moof: moof(bytes)) else { continue }
            read.offset = offset
            read.length = bytes.count
            found.append(read)
            time = time + duration
            offset += bytes.count
        }
        return found
    }

    private static func segments(_ fragments: [MovieFragment]) -> [Segment]? {
        SegmentGrouping.segments(of: fragments, mediaStart: MediaTime(ticks: 9_000), offset: 100)
    }

    @Test func `segments end at key pictures from four seconds on`() throws {
        let parts = (0..<24).map { (seconds: 0.5, isKey: $0 % 2 == 0) }
        let found = try #require(Self.segments(Self.fragments(parts)))
        #expect(found.map(\.duration) == Array(repeating: MediaTime(seconds: 4), count: 3))
        #expect(found.allSatisfy { $0.isIndependent })
        #expect(found[0].offset == 100)
        #expect(found[1].start == found[0].end && found[1].offset == found[0].byteRange.upperBound)
    }

    @Test func `a segment ends early before a long key interval, and at six seconds without one`()
        throws
    {
        // Key pictures at 0, 3, 8 s, then none up to 16 s.
        let parts = (0..<16).map { (seconds: 1.0, isKey: [0, 3, 8].contains($0)) }
        let found = try #require(Self.segments(Self.fragments(parts)))
        #expect(found.map(\.duration) == [3, 5, 6, 2].map { MediaTime(seconds: $0) })
        #expect(found.map(\.isIndependent) == [true, true, true, false])
    }

    @Test func `fragments that do not begin where the chunk does, or go back, are refused`() {
        let good = Self.fragments([(1, true), (1, false)])
        #expect(Self.segments(good) != nil)
        #expect(Self.segments([]) == nil)
        #expect(Self.segments(Array(good.dropFirst())) == nil)
        var back = good
        back[1].start = MediaTime(ticks: 8_000)
        #expect(Self.segments(back) == nil)
    }
}
