import Domain
import Files
import Foundation
import Spool
import Testing

struct ChunkWriterTests {
    private let fixture = SpoolFixture()

    @Test func `the data file is byte for byte what was appended`() throws {
        let header = fixture.header(1)
        try fixture.write(header, fragments: 9, end: .ended)
        let expected = fixture.initialization + (0..<9).flatMap { SpoolFixture.fragment($0) }
        #expect(fixture.bytes(fixture.layout.data(header.identity)) == expected)
        let journal = ChunkJournal(fixture.bytes(fixture.layout.journal(header.identity)))
        #expect(journal.header == header)
        #expect(journal.end == .ended)
        #expect(journal.fragments.count == 9)
        #expect(journal.fragments[3].crc == CRC32C.checksum(SpoolFixture.fragment(3)))
        #expect(journal.segments.map(\.isIndependent) == [true, true])
    }

    @Test func `a name is used once`() throws {
        try fixture.write(fixture.header(1), fragments: 1, end: .ended)
        let error = #expect(throws: FileError.self) {
            try fixture.write(fixture.header(1), fragments: 0, end: nil)
        }
        #expect(error?.code == .exists)
    }

    @Test func `a header that does not describe its ftyp and moov is refused`() throws {
        var header = fixture.header(1)
        header.initializationHash = "0000000000000000"
        #expect(throws: FileError.self) {
            try fixture.write(header, fragments: 0, end: nil)
        }
        #expect(!fixture.exists(fixture.layout.journal(header.identity)))
    }

    @Test func `a journal that names moments or sizes beyond all sense is not believed`() throws {
        let changes: [(inout ChunkHeader) -> Void] = [
            { $0.start = WallTime(microseconds: .max) }, { $0.start = WallTime(seconds: -1) },
            { $0.mediaStart = MediaTime(ticks: .max) }, { $0.width = 65_536 },
            { $0.height = -1 }, { $0.identity.epoch = 0 }, { $0.identity.sequence = -4 },
        ]
        for (number, change) in changes.enumerated() {
            var header = fixture.header(Int64(number) + 1)
            change(&header)
            try fixture.write(header, fragments: 0, end: .ended)
            let journal = ChunkJournal(fixture.bytes(fixture.layout.journal(header.identity)))
            #expect(journal.header == nil, "\(number)")
        }
        var header = fixture.header(90)
        header.precedingGap = Gap(
            start: WallTime(microseconds: .min),
            end: fixture.start,
            reason: .timeJump
        )
        try fixture.write(header, fragments: 0, end: .ended)
        let journal = ChunkJournal(fixture.bytes(fixture.layout.journal(header.identity)))
        header.precedingGap = nil
        #expect(journal.header == header)
    }

    @Test(arguments: [(Int64.max, Int64(1)), (0, .max), (.min, 0), (1 << 52, 324_000_001)])
    func `a fragment whose times are beyond all sense ends the journal`(
        start: Int64,
        duration: Int64
    ) throws {
        let writer = try fixture.write(fixture.header(1), fragments: 2, end: nil)
        try writer.append(
            SpoolFixture.fragment(2),
            start: MediaTime(ticks: start),
            duration: MediaTime(ticks: duration),
            isIndependent: true,
            beginsSegment: true
        )
        let journal = ChunkJournal(fixture.bytes(fixture.layout.journal(fixture.identity(1))))
        #expect(journal.fragments.count == 2)
        #expect(journal.segments.isEmpty)
    }

    @Test func `nothing is taken after the end, and a second end is no second record`() throws {
        let writer = try fixture.write(fixture.header(1), fragments: 1, end: .rolled)
        try writer.close(.ended)
        #expect(throws: FileError.self) { try fixture.append(1, to: writer) }
        let journal = ChunkJournal(fixture.bytes(fixture.layout.journal(fixture.identity(1))))
        #expect(journal.end == .rolled)
        #expect(journal.fragments.count == 1)
    }

    @Test func `a journal read at any split says the same`() throws {
        try fixture.write(fixture.header(1), fragments: 5, end: .ended)
        let bytes = fixture.bytes(fixture.layout.journal(fixture.identity(1)))
        let whole = ChunkJournal(bytes)
        for split in 0...bytes.count {
            var journal = ChunkJournal(Array(bytes[..<split]))
            journal.extend(Array(bytes[journal.validLength...]))
            #expect(journal.fragments == whole.fragments)
            #expect(journal.end == .ended)
            #expect(journal.recordEnds == whole.recordEnds)
        }
    }

    @Test func `the checksum is CRC-32C`() {
        // RFC 3720 appendix B.4.
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46dd_794e)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
        #expect(CRC32C.checksum([]) == 0)
    }

    @Test func `the checksum is the same with and without the processor's instruction`() {
        var bytes: [UInt8] = []
        for index in 0..<300 {
            #expect(CRC32C.checksum(bytes) == CRC32C.checksumByTables(bytes.span))
            bytes.append(UInt8(truncatingIfNeeded: index &* 131 ^ index >> 3))
        }
        // Long ones are summed in three lanes.
        bytes += (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 197 ^ $0 >> 5) }
        for start in stride(from: 0, to: 64, by: 3) {
            for count in stride(from: 3_000, to: 20_000, by: 769) {
                let part = Array(bytes[start..<start + count])
                #expect(CRC32C.checksum(part) == CRC32C.checksumByTables(part.span))
            }
        }
    }

    @Test func `everything written is made durable by one call`() throws {
        try fixture.write(fixture.header(1), fragments: 1, end: nil)
        let sync = try SpoolSync(root: fixture.layout.root)
        try sync.run()
        #expect(throws: FileError.self) { _ = try SpoolSync(root: "/nonexistent/spool") }
    }
}

struct MediaSequenceReservationTests {
    private let fixture = SpoolFixture()

    @Test func `numbers reserved before a crash are not given again`() throws {
        func reserve() throws -> (sequence: Int64, discontinuity: Int64, limit: Int64) {
            try MediaSequenceReservation(fixture.layout, fixture.camera, .main).reserve()
        }
        let first = try reserve()
        #expect(first == (0, 0, 1_000))
        let second = try reserve()
        #expect(second == (1_000, 1_000, 2_000))
        // A crash while the file was replaced leaves the old one in force.
        try fixture.put([0x39], fixture.layout.liveSequence(fixture.camera, .main) + ".new")
        #expect(try reserve().sequence == 2_000)
        #expect(try SpoolIndex(root: fixture.layout.root).recover().isEmpty)
    }

    @Test func `a damaged reservation is an error, not a number that was used`() throws {
        let reservation = MediaSequenceReservation(fixture.layout, fixture.camera, .main)
        _ = try reservation.reserve()
        try fixture.put([0, 0], fixture.layout.liveSequence(fixture.camera, .main))
        #expect(throws: FileError.self) { try reservation.reserve() }
    }
}
