import Domain
import Files
import Foundation
import Spool
import TestSupport
import Testing

/// Damage of every kind to one chunk of 20 fragments; what recovery leaves is compared with a model:
/// the longest prefix of fragments whose bytes and records are what was written.
struct ChunkRecoveryTests {
    private static let count = 20

    private struct Chunk {
        let fixture: SpoolFixture
        let data: [UInt8]
        let journal: [UInt8]
        /// Where each fragment ends in the data file, and its record in the journal.
        let dataEnds: [Int]
        let recordEnds: [Int]
        let headerEnd: Int

        var dataPath: String { fixture.layout.data(fixture.identity(1)) }
        var journalPath: String { fixture.layout.journal(fixture.identity(1)) }
    }

    private func chunk(end: ChunkEnd?) throws -> Chunk {
        let fixture = SpoolFixture()
        let header = fixture.header(1)
        try fixture.write(header, fragments: Self.count, end: end)
        let journal = fixture.bytes(fixture.layout.journal(header.identity))
        let parsed = ChunkJournal(journal)
        return Chunk(
            fixture: fixture,
            data: fixture.bytes(fixture.layout.data(header.identity)),
            journal: journal,
            dataEnds: parsed.fragments.map { $0.offset + $0.length },
            recordEnds: parsed.recordEnds,
            headerEnd: parsed.headerEnd
        )
    }

    /// Writes both files, recovers twice, and checks the result against the number of fragments
    /// that must be left.
    private func check(
        _ chunk: Chunk,
        data: [UInt8],
        journal: [UInt8],
        expected: Int,
        isEnded: Bool,
        _ what: String
    ) throws {
        try chunk.fixture.put(data, chunk.dataPath)
        try chunk.fixture.put(journal, chunk.journalPath)
        let result = try ChunkRecovery.recover(
            dataPath: chunk.dataPath,
            journalPath: chunk.journalPath
        )
        let recovered = try #require(result, "\(what)")
        guard recovered.fragments.count == expected else {
            Issue.record("\(what): \(recovered.fragments.count) fragments, not \(expected)")
            return
        }
        #expect(recovered.end == (isEnded ? .rolled : .recovered), "\(what)")
        let length =
            expected > 0 ? chunk.dataEnds[expected - 1] : chunk.fixture.initialization.count
        let left = chunk.fixture.bytes(chunk.dataPath)
        if expected > 0 || left.count >= length {
            #expect(left == Array(chunk.data[..<length]), "\(what)")
        }
        let first = (left, chunk.fixture.bytes(chunk.journalPath))
        let again = try ChunkRecovery.recover(
            dataPath: chunk.dataPath,
            journalPath: chunk.journalPath
        )
        #expect(again?.fragments == recovered.fragments, "\(what)")
        let second = (
            chunk.fixture.bytes(chunk.dataPath), chunk.fixture.bytes(chunk.journalPath)
        )
        #expect(first == second, "a second recovery changed something: \(what)")
    }

    @Test func `a data file cut at every length of its last two fragments keeps the rest`() throws {
        let chunk = try chunk(end: nil)
        for length in chunk.dataEnds[Self.count - 3]...chunk.data.count {
            try check(
                chunk,
                data: Array(chunk.data[..<length]),
                journal: chunk.journal,
                expected: chunk.dataEnds.count { $0 <= length },
                isEnded: false,
                "data cut at \(length)"
            )
        }
    }

    @Test func `a journal cut at every length of its last two records keeps the rest`() throws {
        let chunk = try chunk(end: .rolled)
        for length in chunk.recordEnds[Self.count - 3]...chunk.journal.count {
            try check(
                chunk,
                data: chunk.data,
                journal: Array(chunk.journal[..<length]),
                expected: chunk.recordEnds.count { $0 <= length },
                isEnded: length == chunk.journal.count,
                "journal cut at \(length)"
            )
        }
    }

    @Test func `zeros where a power cut lost pages are not taken for data`() throws {
        let chunk = try chunk(end: .rolled)
        for lost in 0..<Self.count {
            let begin = lost > 0 ? chunk.dataEnds[lost - 1] : chunk.fixture.initialization.count
            var data = chunk.data
            for index in begin..<data.count { data[index] = 0 }
            try check(
                chunk,
                data: data,
                journal: chunk.journal,
                expected: lost,
                isEnded: false,
                "zeros from fragment \(lost) on"
            )
        }
    }

    @Test func `one flipped bit at any of 1,000 offsets costs nothing before it`() throws {
        let chunk = try chunk(end: .rolled)
        let seed: UInt64 = 20_260_131
        var random = SeededRandom(seed: seed)
        print("seed \(seed)")
        for _ in 0..<1_000 {
            let offset = Int(random.next() % UInt64(chunk.data.count + chunk.journal.count))
            let bit = UInt8(1) << UInt8(random.next() % 8)
            var data = chunk.data
            var journal = chunk.journal
            if offset < data.count {
                data[offset] ^= bit
            } else {
                journal[offset - data.count] ^= bit
            }
            let what = "seed \(seed), offset \(offset), bit \(bit)"
            let isInFront =
                offset < chunk.fixture.initialization.count
                || (offset >= data.count && offset - data.count < chunk.headerEnd)
            if isInFront {
                try checkSetAside(chunk, data: data, journal: journal, what)
                continue
            }
            let expected =
                offset < data.count
                ? chunk.dataEnds.count { $0 <= offset }
                : chunk.recordEnds.count { $0 <= offset - data.count }
            try check(
                chunk,
                data: data,
                journal: journal,
                expected: expected,
                isEnded: false,
                what
            )
        }
    }

    /// Without a header or ftyp and moov nothing can be played: both files stay under other names.
    private func checkSetAside(
        _ chunk: Chunk,
        data: [UInt8],
        journal: [UInt8],
        _ what: String
    ) throws {
        try chunk.fixture.put(data, chunk.dataPath)
        try chunk.fixture.put(journal, chunk.journalPath)
        let result = try ChunkRecovery.recover(
            dataPath: chunk.dataPath,
            journalPath: chunk.journalPath
        )
        #expect(result == nil, "\(what)")
        #expect(chunk.fixture.bytes(chunk.dataPath + ".damaged") == data, "\(what)")
        #expect(chunk.fixture.bytes(chunk.journalPath + ".damaged") == journal, "\(what)")
        #expect(!chunk.fixture.exists(chunk.dataPath), "\(what)")
    }

    @Test func `an ended chunk that is whole is not touched`() throws {
        let chunk = try chunk(end: .rolled)
        try check(
            chunk,
            data: chunk.data,
            journal: chunk.journal,
            expected: Self.count,
            isEnded: true,
            "whole"
        )
        #expect(chunk.fixture.bytes(chunk.journalPath) == chunk.journal)
    }

    @Test func `a chunk without data file is an empty one`() throws {
        let chunk = try chunk(end: nil)
        try FileManager.default.removeItem(atPath: chunk.dataPath)
        let journal = try ChunkRecovery.recover(
            dataPath: chunk.dataPath,
            journalPath: chunk.journalPath
        )
        #expect(journal?.fragments.isEmpty == true)
        #expect(journal?.end == .recovered)
    }
}
