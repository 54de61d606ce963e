import Domain
import Files
import Foundation
import Spool
import Testing

struct SpoolIndexTests {
    private let fixture = SpoolFixture()

    private func index() throws -> SpoolIndex {
        let index = SpoolIndex(root: fixture.layout.root)
        #expect(try index.recover().isEmpty)
        return index
    }

    @Test func `segments are handed out once, when the next one begins or the chunk ends`() throws {
        let index = try index()
        let writer = try fixture.write(fixture.header(1), fragments: 0, end: nil)
        var closed: [ClosedSegment] = []
        for number in 0..<20 {
            try fixture.append(number, to: writer)
            let news = try index.refresh(fixture.identity(1))
            #expect(news.count == (number == 8 || number == 16 ? 1 : 0))
            closed += news
        }
        #expect(index.chunk(fixture.identity(1))?.chunk.segments.count == 2)
        try writer.close(.rolled)
        closed += try index.refresh(fixture.identity(1))
        #expect(try index.refresh(fixture.identity(1)).isEmpty)
        #expect(closed.map(\.indexInChunk) == [0, 1, 2])
        #expect(closed.map(\.segment.duration.seconds) == [4, 4, 2])
        #expect(closed.map(\.precedingGap?.reason) == [.cameraOffline, nil, nil])
        #expect(closed[0].segment.offset == fixture.initialization.count)
        #expect(closed[2].segment.byteRange.upperBound == writer.length)
        #expect(
            index.recordedUntil(fixture.camera, .main) == fixture.start.adding(milliseconds: 10_000)
        )
    }

    @Test func `a reader never sees a fragment whose data is not there`() async throws {
        let index = try index()
        let fixture = self.fixture
        let header = fixture.header(1)
        let writing = Task.detached {
            try fixture.write(header, fragments: 400, end: .ended).length
        }
        var journal = ChunkJournal()
        while journal.end == nil {
            let bytes = fixture.bytes(fixture.layout.journal(header.identity))
            if bytes.count > journal.validLength {
                journal.extend(Array(bytes[journal.validLength...]))
            }
            let length = fixture.bytes(fixture.layout.data(header.identity)).count
            if !journal.fragments.isEmpty { #expect(length >= journal.dataLength) }
            _ = try index.refresh(header.identity)
            await Task.yield()
        }
        #expect(try await writing.value == journal.dataLength)
        #expect(try index.refresh(header.identity).count <= 50)
        #expect(index.chunk(header.identity)?.chunk.segments.count == 50)
    }

    @Test func `what a killed recorder left is closed, listed and counted`() throws {
        try fixture.write(fixture.header(1), fragments: 16, end: .rolled)
        let index = try index()
        _ = index.takeClosed(fixture.camera, .main)
        _ = try fixture.write(fixture.header(2, mediaStart: 8), fragments: 11, end: nil)
        #expect(try index.refresh(fixture.identity(2)).count == 1)
        try index.recover(fixture.camera, .main)
        let closed = index.takeClosed(fixture.camera, .main)
        #expect(closed.map(\.segment.duration.seconds) == [1.5])
        #expect(index.chunk(fixture.identity(2))?.isClosed == true)
        #expect(index.nextSequence(fixture.camera, .main, epoch: 3) == 3)
        #expect(index.nextSequence(fixture.camera, .main, epoch: 4) == 1)
        #expect(index.highestEpoch == 3)
    }

    @Test func `a chunk that its recorder gave up ends when the next one begins`() throws {
        let index = try index()
        let writer = try fixture.write(fixture.header(1), fragments: 9, end: nil)
        #expect(try index.refresh(fixture.identity(1)).count == 1)
        // Half a record, as a full disk leaves it.
        let path = fixture.layout.journal(writer.header.identity)
        try fixture.put(fixture.bytes(path) + [0, 0, 0], path)
        try fixture.write(fixture.header(2, mediaStart: 9), fragments: 9, end: nil)
        let closed = try index.refresh(fixture.identity(2))
        #expect(closed.map(\.chunk.identity.sequence) == [1, 2])
        #expect(index.closedUnshipped().map(\.chunk.identity.sequence) == [1])
        #expect(try index.refresh(fixture.identity(2)).isEmpty)
    }

    @Test func `a name is in use as long as any of its files is there`() throws {
        let layout = fixture.layout
        try FileSystem.makeFolder(layout.folder(fixture.camera, .main))
        try fixture.put([1], layout.data(fixture.identity(7)))
        try fixture.put([], layout.journal(fixture.identity(9)))
        let index = SpoolIndex(root: layout.root)
        let foreign = try index.recover()
        #expect(foreign.count == 2)
        #expect(fixture.bytes(layout.data(fixture.identity(7))) == [1])
        #expect(fixture.exists(layout.journal(fixture.identity(9)) + ".damaged"))
        #expect(index.nextSequence(fixture.camera, .main, epoch: 3) == 10)
        #expect(throws: FileError.self) {
            try fixture.write(fixture.header(7), fragments: 0, end: nil)
        }
        let again = SpoolIndex(root: layout.root)
        _ = try again.recover()
        #expect(again.nextSequence(fixture.camera, .main, epoch: 3) == 10)
    }

    @Test func `foreign files are reported and left alone`() throws {
        try fixture.write(fixture.header(1), fragments: 3, end: .ended)
        let folder = fixture.layout.folder(fixture.camera, .main)
        let paths = [
            fixture.layout.root + "/lost+found", folder + "/notes.txt", folder + "/1-2-3.mp4",
            folder + "/03-1.journal",
        ]
        for path in paths { try fixture.put([42], path) }
        // A whole journal under a name that is not the one in its header.
        try fixture.put(
            fixture.bytes(fixture.layout.journal(fixture.identity(1))),
            fixture.layout.journal(fixture.identity(5))
        )
        let index = SpoolIndex(root: fixture.layout.root)
        let foreign = try index.recover()
        #expect(Set(foreign) == Set(paths + [folder + "/3-5"]))
        for path in paths { #expect(fixture.bytes(path) == [42]) }
        #expect(index.all().map(\.chunk.identity) == [fixture.identity(1)])
    }

    @Test func `a range gets the chunks and gaps that overlap it`() throws {
        try fixture.write(fixture.header(1), fragments: 16, end: .rolled)
        try fixture.write(fixture.header(2, mediaStart: 8), fragments: 16, end: .rolled)
        let index = try index()
        func sequences(_ from: Int64, _ to: Int64) -> [Int64] {
            index.holdings(
                fixture.camera,
                .main,
                from: fixture.start.adding(milliseconds: from),
                to: fixture.start.adding(milliseconds: to)
            ).chunks.map(\.identity.sequence)
        }
        #expect(sequences(0, 16_000) == [1, 2])
        #expect(sequences(7_999, 8_000) == [1])
        #expect(sequences(8_000, 9_000) == [2])
        #expect(sequences(16_000, 20_000).isEmpty)
        let before = index.holdings(
            fixture.camera,
            .main,
            from: fixture.start.adding(milliseconds: -20_000),
            to: fixture.start
        )
        #expect(before.chunks.isEmpty)
        #expect(before.gaps.map(\.reason) == [.cameraOffline])
    }

    @Test func `a chunk cut inside a run leaves a gap before the next one`() throws {
        try fixture.write(fixture.header(1), fragments: 16, end: .rolled)
        try fixture.write(fixture.header(2, mediaStart: 8), fragments: 16, end: .rolled)
        let path = fixture.layout.data(fixture.identity(1))
        try fixture.put(Array(fixture.bytes(path).dropLast()), path)
        let index = try index()
        let second = try #require(index.chunk(fixture.identity(2)))
        #expect(
            second.precedingGap
                == Gap(
                    start: fixture.start.adding(milliseconds: 7_500),
                    end: fixture.start.adding(milliseconds: 8_000),
                    reason: .recorderCrash
                )
        )
    }

    @Test func `the newest chunk is never freed, and others only after their grace`() throws {
        for sequence in 1...3 {
            try fixture.write(fixture.header(Int64(sequence)), fragments: 8, end: .rolled)
        }
        let index = try index()
        for chunk in index.closedUnshipped() {
            let sealed = SealedChunk(
                chunk: chunk.chunk,
                sha256: String(repeating: "a", count: 64),
                length: chunk.chunk.length
            )
            try index.markSealed(sealed)
            let second = chunk.chunk.identity.sequence
            index.markRegistered(chunk.chunk.identity, at: MonotonicTime(nanoseconds: second))
        }
        #expect(index.closedUnshipped().isEmpty)
        #expect(index.free(registeredBefore: MonotonicTime(nanoseconds: 1)).count == 1)
        #expect(!fixture.exists(fixture.layout.data(fixture.identity(1))))
        #expect(fixture.exists(fixture.layout.data(fixture.identity(2))))
        #expect(index.free(registeredBefore: MonotonicTime(nanoseconds: 99)).count == 1)
        #expect(index.all().map(\.chunk.identity.sequence) == [3])
        #expect(index.nextSequence(fixture.camera, .main, epoch: 3) == 4)
        #expect(index.backlogBytes(fixture.camera, .main) == 0)
    }

    @Test func `freeing goes on after a crash between any two of its removals`() throws {
        let removals: [(SpoolLayout, ChunkIdentity) -> String] = [
            { $0.journal($1) }, { $0.data($1) }, { $0.seal($1) },
        ]
        for done in 0...3 {
            let fixture = SpoolFixture()
            for sequence in 1...2 {
                try fixture.write(fixture.header(Int64(sequence)), fragments: 8, end: .rolled)
            }
            let first = SpoolIndex(root: fixture.layout.root)
            _ = try first.recover()
            let chunk = try #require(first.chunk(fixture.identity(1)))
            let sealed = SealedChunk(
                chunk: chunk.chunk,
                sha256: String(repeating: "b", count: 64),
                length: chunk.chunk.length
            )
            try first.markSealed(sealed)
            for removal in removals.prefix(done) {
                try FileSystem.remove(removal(fixture.layout, fixture.identity(1)))
            }
            let second = SpoolIndex(root: fixture.layout.root)
            #expect(try second.recover().isEmpty)
            // As long as the data is there it is offered again, with the same seal.
            #expect(second.offer(fixture.identity(1))?.sealed == (done < 2 ? sealed : nil))
            #expect(fixture.exists(fixture.layout.seal(fixture.identity(1))) == (done < 2))
            #expect(second.nextSequence(fixture.camera, .main, epoch: 3) == 3)
        }
    }
}
