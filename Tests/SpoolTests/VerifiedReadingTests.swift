import Domain
import Files
import Foundation
import Spool
import TestSupport
import Testing

/// Chunks that are read, checked and copied in one go, in pieces that know nothing of fragments.
struct VerifiedReadingTests {
    private let fixture = SpoolFixture()

    /// A closed chunk with fragments of these lengths.
    private func write(_ lengths: [Int]) throws -> (SpoolIndex, bytes: [UInt8]) {
        let writer = try ChunkWriter(
            fixture.layout,
            fixture.header(1),
            initialization: fixture.initialization
        )
        for (number, length) in lengths.enumerated() {
            try writer.append(
                (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) },
                start: MediaTime(ticks: Int64(number) * 45_000),
                duration: MediaTime(ticks: 45_000),
                isIndependent: number == 0,
                beginsSegment: number == 0
            )
        }
        try writer.close(.ended)
        let index = SpoolIndex(root: fixture.layout.root)
        _ = try index.recover()
        return (index, fixture.bytes(fixture.layout.data(fixture.identity(1))))
    }

    private static func layouts(_ head: Int) -> [[Int]] {
        let piece = FileBlock.capacity
        // The file ends at, before and behind a block and a piece; fragments over several pieces.
        return [1, 4_095 - head, 4_096 - head, piece - head - 1, piece - head, piece - head + 1]
            .map { [$0] } + [[3 * piece + 17, 1, 5_000], Array(repeating: 70_001, count: 20)]
    }

    @Test(arguments: ["/tmp", "/dev/shm"])
    func `the copy has the same bytes, on a disk and in memory`(folder: String) throws {
        for lengths in Self.layouts(fixture.initialization.count) {
            let fresh = VerifiedReadingTests()
            let (index, bytes) = try fresh.write(lengths)
            let copy = "\(folder)/sparc-copy-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: copy) }
            var read = 0
            let chunk = try index.readVerified(fresh.fixture.identity(1), copy: copy) {
                read += $0.count
            }
            #expect(read == bytes.count)
            #expect(chunk.length == bytes.count)
            #expect(fresh.fixture.bytes(copy) == bytes, "\(lengths)")
            // A name in use is never written over.
            #expect(throws: FileError.self) {
                try index.readVerified(fresh.fixture.identity(1), copy: copy) { _ in }
            }
            #expect(fresh.fixture.bytes(copy) == bytes)
        }
    }

    @Test func `a flipped bit anywhere, and a byte less or more, is damage`() throws {
        let (index, bytes) = try write([3_000, FileBlock.capacity, 70_000, 1])
        let path = fixture.layout.data(fixture.identity(1))
        func isDamaged() -> Bool {
            do {
                _ = try index.readVerified(fixture.identity(1)) { _ in }
                return false
            } catch {
                return error.code == .damaged
            }
        }
        #expect(!isDamaged())
        for number in 0..<200 {
            // Spread evenly, with the first and the last byte.
            let place = number * (bytes.count - 1) / 199
            var wrong = bytes
            wrong[place] ^= 1 << UInt8(number % 8)
            try fixture.put(wrong, path)
            #expect(isDamaged(), "byte \(place)")
        }
        try fixture.put(Array(bytes.dropLast()), path)
        #expect(isDamaged())
        try fixture.put(bytes + [0], path)
        #expect(isDamaged())
        try fixture.put(bytes, path)
        #expect(!isDamaged())
    }
}
