import Domain
import Spool
import Synchronization
import Testing

@testable import Worker

/// What happens to the footage of a stream that is taken from a worker.
struct PartingTests {
    private let key = StreamKey(camera: CameraID(), stream: .main)
    private let other = StreamKey(camera: CameraID(), stream: .main)

    /// Gives streams to a worker with a running supervisor, takes `key` away, and waits until
    /// that is over.
    private func takeAway(
        _ fixture: WorkerFixture,
        keeping kept: [StreamKey],
        script: String
    ) async throws {
        let supervisor = try fixture.supervisor(script: script)
        let all = ([key] + kept).map { fixture.assignment($0) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await supervisor.run() }
            let (started, _) = fixture.board.apply(all, at: fixture.start)
            await supervisor.apply(started: started, stopped: [])
            _ = try? fixture.beginChunk(key, fragments: 11)
            let rest = kept.map { fixture.assignment($0) }
            let (_, stopped) = fixture.board.apply(rest, at: fixture.start)
            #expect(stopped == [key])
            await supervisor.apply(started: [], stopped: stopped)
            let isOver = try? await fixture.eventually {
                fixture.parted.withLock { $0 == [key] }
            }
            #expect(isOver == true)
            group.cancelAll()
        }
    }

    @Test func `the end that a recorder writes after the stop closes the chunk`() throws {
        let fixture = try WorkerFixture()
        _ = fixture.board.apply([fixture.assignment(key)], at: fixture.start)
        let writer = try fixture.beginChunk(key, fragments: 11)
        let (_, stopped) = fixture.board.apply([], at: fixture.start)
        #expect(stopped == [key])
        // The recorder hears of it later, and so writes on until then.
        try fixture.append(11, to: writer)
        fixture.grew(writer)
        try writer.close(.ended)
        fixture.grew(writer)
        let chunk = try #require(fixture.index.closedUnshipped().first).chunk
        #expect(chunk.segments.count == 2)
        #expect(chunk.end == fixture.start.adding(milliseconds: 6_000))
        // How long it is kept is known until it is shipped.
        fixture.intake.parted(key)
        _ = fixture.board.apply([], at: fixture.start)
        #expect(fixture.board.retentionDays(key.camera) == 7)
        #expect(fixture.board.tenant(key) == fixture.tenant)
        fixture.index.markRegistered(chunk.identity, at: MonotonicTime(nanoseconds: 0))
        _ = fixture.board.apply([], at: fixture.start)
        #expect(fixture.board.retentionDays(key.camera) == nil)
        #expect(fixture.board.tenant(key) == nil)
    }

    @Test func `a chunk of an earlier epoch is closed under that epoch`() throws {
        let fixture = try WorkerFixture()
        _ = fixture.board.apply([fixture.assignment(key)], at: fixture.start)
        let writer = try fixture.beginChunk(key, fragments: 11)
        let moved = fixture.assignment(key, epoch: 4)
        #expect(fixture.board.apply([moved], at: fixture.start).started == [key])
        try writer.close(.ended)
        fixture.grew(writer)
        let chunk = try #require(fixture.index.closedUnshipped().first).chunk
        #expect(chunk.identity.epoch == 3)
        #expect(chunk.segments.count == 2)
    }

    @Test func `the last stream's recorder ends without a word and the chunk is closed`()
        async throws
    {
        let fixture = try WorkerFixture()
        try await takeAway(fixture, keeping: [], script: "exec cat >/dev/null")
        let chunk = try #require(fixture.index.closedUnshipped().first).chunk
        #expect(chunk.segments.count == 2)
        #expect(chunk.end == fixture.start.adding(milliseconds: 5_500))
    }

    @Test func `a recorder that does not end is killed and the chunk is closed`() async throws {
        let fixture = try WorkerFixture()
        try await takeAway(fixture, keeping: [], script: "exec sleep 60")
        #expect(fixture.index.closedUnshipped().count == 1)
    }

    @Test func `a recorder that crashes at the stop leaves no open chunk of the stopped stream`()
        async throws
    {
        let fixture = try WorkerFixture()
        try await takeAway(
            fixture,
            keeping: [other],
            script: #"while read -r line; do case "$line" in *'"stop"'*) exit 3;; esac; done"#
        )
        #expect(fixture.index.closedUnshipped().map(\.chunk.identity.camera) == [key.camera])
    }

    @Test func `a stream is over when its recorder ended or had the time it needs`() {
        let zero = MonotonicTime(nanoseconds: 0)
        var parting = PartingStreams()
        parting.stopped(key, process: 7, isLast: false, at: zero)
        #expect(parting.over(at: zero + .seconds(29)).isEmpty)
        #expect(parting.over(at: zero + .seconds(30)).map(\.key) == [key])
        #expect(parting.over(at: zero + .seconds(30)).isEmpty)
        parting.stopped(key, process: 7, isLast: false, at: zero)
        parting.stopped(other, process: 7, isLast: true, at: zero)
        #expect(parting.over(at: zero + .seconds(99)).isEmpty)
        #expect(parting.ended(8).isEmpty)
        #expect(Set(parting.ended(7).map(\.key)) == [key, other])
    }

    @Test func `a stream that comes back waits for a recorder that ends, not for one that stays`() {
        let zero = MonotonicTime(nanoseconds: 0)
        var parting = PartingStreams()
        #expect(parting.returned(key) == false)
        parting.stopped(key, process: 7, isLast: false, at: zero)
        #expect(parting.returned(key) == false)
        #expect(parting.over(at: zero + .seconds(99)).isEmpty)
        parting.stopped(key, process: 7, isLast: true, at: zero)
        #expect(parting.returned(key) == true)
        #expect(parting.ended(7).map(\.returns) == [true])
        parting.stopped(key, process: 8, isLast: true, at: zero)
        #expect(parting.returned(key) == true)
        parting.leavesAgain(key)
        #expect(parting.ended(8).map(\.returns) == [false])
    }
}
