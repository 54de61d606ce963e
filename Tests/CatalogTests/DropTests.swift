import Catalog
import Database
import Domain
import Testing

/// Chunks that workers gave up: a gap and an event, once, and never a chunk as well.
struct DropTests {
    private static let start = WallTime(seconds: 1_700_000_000)

    private struct World {
        let fixture: CatalogFixture
        let camera: Camera
        let epoch: Int64

        func drop(_ sequence: Int64, besides: [Gap] = []) -> ChunkDrop {
            let start = DropTests.start.adding(milliseconds: sequence * 60_000)
            return ChunkDrop(
                identity: ChunkIdentity(
                    tenant: camera.tenant,
                    camera: camera.id,
                    stream: .main,
                    epoch: epoch,
                    sequence: sequence
                ),
                start: start,
                end: start.adding(milliseconds: 60_000),
                length: 1_000,
                besideGaps: besides
            )
        }

        func chunk(_ sequence: Int64) -> ChunkOffer {
            ChunkOffer(
                sealed: CatalogFixture.chunk(
                    camera,
                    epoch: epoch,
                    sequence: sequence,
                    start: DropTests.start.adding(milliseconds: sequence * 60_000)
                ),
                precedingGap: nil
            )
        }

        func record(
            _ drops: [ChunkDrop],
            worker: WorkerID? = nil
        ) async throws -> [DropVerdict] {
            try await fixture.catalog.recordDrops(worker ?? fixture.worker, drops) {
                drop,
                name,
                now in
                Event(
                    kind: .recordingLost,
                    at: now,
                    camera: drop.identity.camera,
                    data: #"{"name":"\#(name)"}"#
                )
            }
        }

        func gaps() async throws -> [Gap] {
            try await fixture.catalog.gaps(
                camera.tenant,
                camera.id,
                .main,
                from: DropTests.start.adding(milliseconds: -3_600_000),
                to: DropTests.start.adding(milliseconds: 36_000_000)
            )
        }

        func register(_ offers: [ChunkOffer]) async throws -> [ChunkVerdict] {
            try await fixture.catalog.registerChunks(fixture.worker, offers)
        }
    }

    private func world() async throws -> World {
        let fixture = try await CatalogFixture.make()
        let camera = try await fixture.camera(fixture.first)
        let epoch = try await fixture.catalog.grant(
            fixture.worker,
            fixture.first,
            camera.id,
            .main
        )
        return World(fixture: fixture, camera: camera, epoch: epoch)
    }

    @Test func `a drop told of many times is one gap and one event`() async throws {
        let world = try await world()
        let hole = Gap(
            start: Self.start.adding(milliseconds: 30_000),
            end: Self.start.adding(milliseconds: 60_000),
            reason: .workerDown
        )
        let drops = [world.drop(1, besides: [hole]), world.drop(2)]
        for _ in 0..<3 {
            #expect(try await world.record(drops) == [.recorded, .recorded])
        }
        // Twice in one request as well.
        #expect(try await world.record([drops[0], drops[0]]) == [.recorded, .recorded])
        #expect(try await world.gaps() == [hole, drops[0].gap, drops[1].gap])
        let events = try await world.fixture.catalog.events(
            world.fixture.first,
            after: 0,
            limit: 10
        ).events
        #expect(events.map(\.kind) == [.recordingLost, .recordingLost])
        #expect(events.allSatisfy { $0.data == #"{"name":"Gate"}"# })
        #expect(try await world.fixture.count("SELECT count(*) FROM outbox") == 2)
        let foreign = try await world.fixture.catalog.events(
            world.fixture.second,
            after: 0,
            limit: 10
        )
        #expect(foreign.events.isEmpty)
        let snapshot = try await world.fixture.catalog.healthSnapshot()
        #expect(
            snapshot.streams.filter(\.isLosing).map(\.stream) == [.main],
            "the loss is seen where alerts are decided"
        )
        try await world.fixture.asSuperuser(
            "UPDATE sparc.chunk_drops SET told_at = now() - interval '16 minutes'"
        )
        #expect(
            try await world.fixture.catalog.healthSnapshot().streams.allSatisfy { !$0.isLosing }
        )
        // Progress is as if they had been registered: the next worker's gap begins behind them.
        let stream = try #require(
            try await world.fixture.catalog.assignments(world.fixture.worker).first {
                $0.camera == world.camera.id
            }
        )
        #expect(stream.recordedUntil == drops[1].end)
    }

    @Test func `a registered chunk is no drop, and a dropped one is never registered`()
        async throws
    {
        let world = try await world()
        #expect(try await world.register([world.chunk(1)]) == [.registered])
        #expect(
            try await world.record([world.drop(1), world.drop(2)]) == [.registered, .recorded]
        )
        #expect(
            try await world.register([world.chunk(1), world.chunk(2)]) == [.registered, .refused]
        )
        #expect(try await world.gaps() == [world.drop(2).gap])
        #expect(try await world.fixture.count("SELECT count(*) FROM chunks") == 1)
        #expect(try await world.fixture.count("SELECT count(*) FROM events") == 1)
    }

    @Test func `an offer and a drop at once end as one of them`() async throws {
        let world = try await world()
        for sequence in 1...20 as ClosedRange<Int64> {
            async let offered = world.register([world.chunk(sequence)])
            async let dropped = world.record([world.drop(sequence)])
            let (chunk, drop) = (try await offered[0], try await dropped[0])
            #expect((chunk == .registered) == (drop == .registered))
            #expect((chunk == .refused) == (drop == .recorded))
        }
        let both = try await world.fixture.count(
            """
            SELECT count(*) FROM chunks k JOIN chunk_drops d USING (tenant_id, camera_id, stream,
                epoch, sequence)
            """
        )
        #expect(both == 0)
    }

    @Test func `what must not be told is refused, and the rest is not`() async throws {
        let world = try await world()
        var foreignEpoch = world.drop(1)
        foreignEpoch.identity.epoch += 7
        var foreignTenant = world.drop(1)
        foreignTenant.identity.tenant = world.fixture.second
        var unknown = world.drop(1)
        unknown.identity.camera = CameraID()
        var backwards = world.drop(1)
        backwards.end = backwards.start
        var endless = world.drop(1)
        endless.end = endless.start.adding(milliseconds: 3_600_001)
        var early = world.drop(1)
        early.start = WallTime(microseconds: .min)
        let bad = [foreignEpoch, foreignTenant, unknown, backwards, endless, early]
        let verdicts = try await world.record(bad + [world.drop(3)])
        #expect(verdicts == bad.map { _ in .refused } + [.recorded])
        #expect(try await world.record([world.drop(4)], worker: WorkerID()) == [.refused])
        #expect(try await world.gaps() == [world.drop(3).gap])
        await #expect(throws: CatalogError.self) {
            try await world.record((1...65).map { world.drop($0) })
        }
    }

    @Test func `an event that cannot be stored takes the gap back`() async throws {
        let world = try await world()
        await #expect(throws: CatalogError.self) {
            try await world.fixture.catalog.recordDrops(
                world.fixture.worker,
                [world.drop(1)]
            ) { drop, _, now in
                Event(
                    kind: .recordingLost,
                    at: now,
                    camera: drop.identity.camera,
                    data: "\"" + String(repeating: "x", count: 70_000) + "\""
                )
            }
        }
        #expect(try await world.gaps().isEmpty)
        #expect(try await world.fixture.count("SELECT count(*) FROM chunk_drops") == 0)
    }
}
