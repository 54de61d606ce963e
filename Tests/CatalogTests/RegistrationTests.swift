import Catalog
import Database
import Domain
import Testing

struct RegistrationTests {
    private static let start = WallTime(seconds: 1_700_000_000)

    private func offer(_ sealed: SealedChunk, gap: Gap? = nil) -> ChunkOffer {
        ChunkOffer(sealed: sealed, precedingGap: gap)
    }

    @Test func `a chunk is read back as it was offered, and offered again is registered again`()
        async throws
    {
        let fixture = try await CatalogFixture.make()
        let camera = try await fixture.camera(fixture.first)
        let epoch = try await fixture.catalog.grant(
            fixture.worker,
            fixture.first,
            camera.id,
            .main
        )
        let chunk = CatalogFixture.chunk(camera, epoch: epoch, sequence: 1, start: Self.start)
        for _ in 0..<3 {
            let verdicts = try await fixture.catalog.registerChunks(
                fixture.worker,
                [offer(chunk)]
            )
            #expect(verdicts == [.registered])
        }
        let found = try await fixture.catalog.chunks(
            fixture.first,
            camera.id,
            .main,
            from: Self.start,
            to: Self.start.adding(milliseconds: 1)
        )
        #expect(found.map { $0.sealed } == [chunk])
        #expect(found.first?.retentionDays == camera.retentionDays)
        let elsewhere = try await fixture.catalog.chunks(
            fixture.first,
            camera.id,
            .sub,
            from: Self.start,
            to: chunk.chunk.end
        )
        #expect(elsewhere.isEmpty)
        let foreign = try await fixture.catalog.chunks(
            fixture.second,
            camera.id,
            .main,
            from: Self.start,
            to: chunk.chunk.end
        )
        #expect(foreign.isEmpty)
    }

    @Test func `what must not be registered is refused, and the rest of the offer is not`()
        async throws
    {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.first)
        let other = try await fixture.camera(fixture.second)
        let epoch = try await catalog.grant(fixture.worker, fixture.first, camera.id, .main)
        let good = CatalogFixture.chunk(camera, epoch: epoch, sequence: 1, start: Self.start)
        _ = try await catalog.registerChunks(fixture.worker, [offer(good)])
        func next(_ sequence: Int64, _ change: (inout SealedChunk) -> Void) -> ChunkOffer {
            var sealed = CatalogFixture.chunk(
                camera,
                epoch: epoch,
                sequence: sequence,
                start: Self.start.adding(milliseconds: sequence * 60_000)
            )
            change(&sealed)
            return offer(sealed)
        }
        let offers = [
            // The name with other bytes, also at another time.
            next(1) {
                $0 = CatalogFixture.chunk(
                    camera,
                    epoch: epoch,
                    sequence: 1,
                    start: Self.start,
                    hash: "b"
                )
            },
            next(1) { $0.sha256 = String(repeating: "c", count: 64) },
            // An epoch that was never granted, and a camera of which none was.
            next(2) { $0.chunk.identity.epoch = epoch + 1 },
            next(2) { $0.chunk.identity.camera = CameraID() },
            next(2) { $0.chunk.identity.camera = other.id },
            next(2) { $0.chunk.identity.tenant = fixture.second },
            next(2) { $0.chunk.identity.stream = .sub },
            // Values outside their limits.
            next(2) { $0.sha256 = "xyz" },
            next(2) { $0.sha256 = String(repeating: "+a", count: 32) },
            next(2) { $0.chunk.segments = [] },
            next(2) { $0.chunk.start = WallTime(microseconds: .max) },
            next(2) { $0.chunk.start = WallTime(microseconds: -1) },
            next(2) { $0.chunk.segments[0].duration = MediaTime(seconds: 4_000) },
            next(2) { $0.chunk.identity.sequence = 0 },
            next(2) { $0.chunk.codecs = "avc1\0" },
            next(2) { $0.chunk.initializationHash = "short" },
            next(2) { $0.length = 0 },
            // A good one at the end, twice.
            next(3) { _ in }, next(3) { _ in },
        ]
        // The two of the end have runs of their own, so make them one.
        let verdicts = try await catalog.registerChunks(fixture.worker, offers)
        #expect(verdicts.dropLast(2).allSatisfy { $0 == .refused }, "\(verdicts)")
        #expect(verdicts.suffix(2) == [.registered, .registered])
        #expect(try await fixture.count("SELECT count(*) FROM chunks") == 2)
        // Another worker is refused what this one was granted.
        let stranger = WorkerID()
        try await catalog.registerWorker(
            WorkerRegistration(worker: stranger, name: "x", edge: "http://x", highestEpoch: 0)
        )
        #expect(try await catalog.registerChunks(stranger, [next(4) { _ in }]) == [.refused])
        // Too many at once is the caller's error.
        let many = [ChunkOffer](repeating: offers[0], count: ChunkOffers.countLimit + 1)
        let error = await #expect(throws: CatalogError.self) {
            try await catalog.registerChunks(fixture.worker, many)
        }
        #expect(error?.code == .invalid)
        #expect(try await catalog.registerChunks(fixture.worker, []) == [])
    }

    @Test func `the same chunks offered by many at once are registered once`() async throws {
        let fixture = try await CatalogFixture.make()
        let camera = try await fixture.camera(fixture.first)
        let second = try await fixture.camera(fixture.second)
        var offers: [ChunkOffer] = []
        for camera in [camera, second] {
            let epoch = try await fixture.catalog.grant(
                fixture.worker,
                camera.tenant,
                camera.id,
                .main
            )
            for sequence in 1...10 {
                offers.append(
                    offer(
                        CatalogFixture.chunk(
                            camera,
                            epoch: epoch,
                            sequence: Int64(sequence),
                            start: Self.start.adding(milliseconds: Int64(sequence) * 60_000)
                        ),
                        gap: Gap(
                            start: Self.start.adding(milliseconds: Int64(sequence) * 60_000 - 10),
                            end: Self.start.adding(milliseconds: Int64(sequence) * 60_000),
                            reason: .packetLoss
                        )
                    )
                )
            }
        }
        let all = offers
        try await withThrowingTaskGroup(of: [ChunkVerdict].self) { group in
            for index in 0..<8 {
                group.addTask {
                    // Each in another order.
                    let turned = Array(all[(index * 2)...] + all[..<(index * 2)])
                    return try await fixture.catalog.registerChunks(fixture.worker, turned)
                }
            }
            for try await verdicts in group {
                #expect(verdicts.allSatisfy { $0 == .registered })
            }
        }
        #expect(try await fixture.count("SELECT count(*) FROM chunks") == 20)
        #expect(try await fixture.count("SELECT count(*) FROM gaps") == 20)
    }

    @Test func `epochs only grow, and a lost lease still registers its chunks`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.first)
        let first = try await catalog.grant(fixture.worker, fixture.first, camera.id, .main)
        #expect(first == 1)
        #expect(try await catalog.assignments(fixture.worker).map { $0.lease?.epoch } == [1])
        // A worker whose spool has seen higher epochs than a restored database.
        let worker = WorkerID()
        try await catalog.registerWorker(
            WorkerRegistration(worker: worker, name: "b", edge: "http://b", highestEpoch: 41)
        )
        #expect(try await catalog.grant(worker, fixture.first, camera.id, .main) == 42)
        #expect(try await catalog.grant(fixture.worker, fixture.first, camera.id, .main) == 43)
        #expect(try await catalog.worker(fixture.first, camera.id, .main)?.id == fixture.worker)
        #expect(try await catalog.worker(fixture.second, camera.id, .main) == nil)
        #expect(try await catalog.assignments(worker).isEmpty)
        let late = CatalogFixture.chunk(camera, epoch: 42, sequence: 1, start: Self.start)
        #expect(try await catalog.registerChunks(worker, [offer(late)]) == [.registered])
        #expect(try await catalog.registerChunks(fixture.worker, [offer(late)]) == [.refused])
        try await catalog.release(fixture.first, camera.id, .main)
        let streams = try await catalog.streamsToRecord()
        #expect(streams.count == 2)
        #expect(streams.allSatisfy { $0.lease == nil })
        #expect(streams.first { $0.stream == .main }?.recordedUntil == late.chunk.end)
        #expect(streams.first { $0.stream == .main }?.credentials == [1, 2, 3])
        // Removed: nothing to record, nothing to grant, but its footage stays and registers.
        #expect(try await catalog.removeCamera(fixture.first, camera.id))
        #expect(try await catalog.streamsToRecord().isEmpty)
        let error = await #expect(throws: CatalogError.self) {
            try await catalog.grant(worker, fixture.first, camera.id, .main)
        }
        #expect(error?.code == .notFound)
        let later = CatalogFixture.chunk(
            camera,
            epoch: 42,
            sequence: 2,
            start: Self.start.adding(milliseconds: 60_000)
        )
        #expect(try await catalog.registerChunks(worker, [offer(later)]) == [.registered])
        #expect(
            try await catalog.bounds(fixture.first, camera.id, .main)
                == RecordedSpan(start: Self.start, end: later.chunk.end)
        )
    }

    @Test func `of grants decided on the same lease only the first moves the stream`() async throws
    {
        let fixture = try await CatalogFixture.make()
        let camera = try await fixture.camera(fixture.first)
        func grants(_ condition: LeaseCondition) async -> [Result<Int64, CatalogError>] {
            await withTaskGroup(of: Result<Int64, CatalogError>.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do throws(CatalogError) {
                            return .success(
                                try await fixture.catalog.grant(
                                    fixture.worker,
                                    fixture.first,
                                    camera.id,
                                    .main,
                                    replacing: condition
                                )
                            )
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        for (condition, epoch) in [(LeaseCondition.none, Int64(1)), (.epoch(1), 2)] {
            let results = await grants(condition)
            #expect(results.compactMap { try? $0.get() } == [epoch])
            for case .failure(let error) in results { #expect(error.code == .notFound) }
        }
        #expect(await grants(.epoch(1)).allSatisfy { (try? $0.get()) == nil })
        #expect(await grants(.none).allSatisfy { (try? $0.get()) == nil })
    }

    @Test func `grants at the same moment get different epochs`() async throws {
        let fixture = try await CatalogFixture.make()
        let camera = try await fixture.camera(fixture.first)
        let epochs = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await fixture.catalog.grant(
                        fixture.worker,
                        fixture.first,
                        camera.id,
                        .main
                    )
                }
            }
            var all: [Int64] = []
            for try await epoch in group { all.append(epoch) }
            return all.sorted()
        }
        #expect(epochs == Array(1...8))
    }

    @Test func `recorded spans join what follows, and gaps are found by overlap`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.first)
        let epoch = try await catalog.grant(fixture.worker, fixture.first, camera.id, .main)
        func at(_ seconds: Int64) -> WallTime {
            Self.start.adding(milliseconds: seconds * 1_000)
        }
        let gap = Gap(start: at(120), end: at(300), reason: .cameraOffline)
        let offers = [0, 60, 300, 360].enumerated().map { index, second in
            offer(
                CatalogFixture.chunk(
                    camera,
                    epoch: epoch,
                    sequence: Int64(index + 1),
                    start: at(Int64(second))
                ),
                gap: second == 300 ? gap : nil
            )
        }
        _ = try await catalog.registerChunks(fixture.worker, offers)
        let spans = try await catalog.recordedSpans(
            fixture.first,
            camera.id,
            .main,
            from: at(-10),
            to: at(1_000)
        )
        #expect(
            spans == [
                RecordedSpan(start: at(0), end: at(120)),
                RecordedSpan(start: at(300), end: at(420)),
            ]
        )
        let part = try await catalog.recordedSpans(
            fixture.first,
            camera.id,
            .main,
            from: at(61),
            to: at(62)
        )
        #expect(part == [RecordedSpan(start: at(60), end: at(120))])
        let inside = try await catalog.gaps(
            fixture.first,
            camera.id,
            .main,
            from: at(200),
            to: at(201)
        )
        #expect(inside == [gap])
        let before = try await catalog.gaps(
            fixture.first,
            camera.id,
            .main,
            from: at(0),
            to: at(120)
        )
        #expect(before.isEmpty)
        let two = try await catalog.chunks(
            fixture.first,
            camera.id,
            .main,
            from: at(0),
            to: at(1_000),
            limit: 2
        )
        #expect(two.map { $0.sealed } == offers.prefix(2).map { $0.sealed })
        #expect(try await catalog.bounds(fixture.first, camera.id, .sub) == nil)
    }
}
