import Catalog
import Database
import Domain
import Testing

struct LivenessTests {
    private static let start = WallTime(seconds: 1_700_000_000)

    private func liveness(
        _ camera: Camera,
        _ state: CameraState,
        gap: Gap? = nil,
        reasons: [String] = []
    ) -> StreamLiveness {
        StreamLiveness(
            tenant: camera.tenant,
            status: StreamStatus(
                camera: camera.id,
                stream: .main,
                state: state,
                since: Self.start,
                reasons: reasons,
                gap: gap?.reason
            ),
            statistics: state == .live
                ? StreamStatistics(
                    camera: camera.id,
                    stream: .main,
                    frameRate: 20,
                    bitRate: 2_000_000,
                    lastKeyframeAt: Self.start,
                    reconnects: 3,
                    packetsLost: 7
                ) : nil,
            openGap: gap,
            backlogBytes: 1_234
        )
    }

    @Test func `the last report of a stream is kept, and counted while it is fresh`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.first)
        let other = try await fixture.camera(fixture.second)
        for camera in [camera, other] {
            _ = try await catalog.grant(fixture.worker, camera.tenant, camera.id, .main)
        }
        #expect(try await catalog.fleetCounts() == FleetCounts(expected: 4, active: 0))
        #expect(try await catalog.streamReport(fixture.first, camera.id, .main) == nil)
        let live = liveness(camera, .live, reasons: ["audio is G.711\0"])
        try await catalog.reportLiveness(
            fixture.worker,
            WorkerLiveness(streams: [live, liveness(other, .offline)])
        )
        let report = try #require(
            try await catalog.streamReport(fixture.first, camera.id, .main)
        )
        #expect(report.worker == fixture.worker)
        #expect(report.status.state == .live)
        #expect(report.status.reasons == ["audio is G.711"])
        #expect(report.statistics == live.statistics)
        #expect(report.backlogBytes == 1_234)
        let second = try await catalog.streamReports(fixture.second)
        #expect(second.map { $0.status.state } == [.offline])
        #expect(second.first?.statistics == nil)
        #expect(try await catalog.fleetCounts() == FleetCounts(expected: 4, active: 1))
        try await fixture.asSuperuser(
            "UPDATE stream_status SET reported_at = now() - interval '1 minute'"
        )
        #expect(try await catalog.fleetCounts() == FleetCounts(expected: 4, active: 0))
    }

    @Test func `a worker reports only the streams it has`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.first)
        _ = try await catalog.grant(fixture.worker, fixture.first, camera.id, .main)
        let stranger = WorkerID()
        try await catalog.registerWorker(
            WorkerRegistration(worker: stranger, name: "x", edge: "http://x", highestEpoch: 0)
        )
        let gap = Gap(
            start: Self.start,
            end: Self.start.adding(milliseconds: 1_000),
            reason: .cameraOffline
        )
        try await catalog.reportLiveness(
            stranger,
            WorkerLiveness(streams: [liveness(camera, .offline, gap: gap)])
        )
        #expect(try await catalog.streamReport(fixture.first, camera.id, .main) == nil)
        #expect(try await fixture.count("SELECT count(*) FROM gaps") == 0)
        // An empty report still shows that the worker is there, and an unknown worker is nothing.
        try await catalog.reportLiveness(stranger, WorkerLiveness(streams: []))
        try await catalog.reportLiveness(
            WorkerID(),
            WorkerLiveness(streams: [liveness(camera, .live)])
        )
    }

    @Test func `an open gap grows, and its chunk gives it its end`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.first)
        let epoch = try await catalog.grant(fixture.worker, fixture.first, camera.id, .main)
        func gaps() async throws -> [Gap] {
            try await catalog.gaps(
                fixture.first,
                camera.id,
                .main,
                from: WallTime(seconds: 0),
                to: WallTime(seconds: 2_000_000_000)
            )
        }
        func report(_ milliseconds: Int64, _ reason: GapReason) async throws {
            let gap = Gap(
                start: Self.start,
                end: Self.start.adding(milliseconds: milliseconds),
                reason: reason
            )
            try await catalog.reportLiveness(
                fixture.worker,
                WorkerLiveness(streams: [liveness(camera, .offline, gap: gap)])
            )
        }
        try await report(2_000, .connectFailed)
        try await report(6_000, .cameraOffline)
        // A report that was late does not shorten it; one without length adds nothing.
        try await report(4_000, .connectFailed)
        try await report(0, .connectFailed)
        #expect(
            try await gaps() == [
                Gap(
                    start: Self.start,
                    end: Self.start.adding(milliseconds: 6_000),
                    reason: .cameraOffline
                )
            ]
        )
        // The picture came before the last report: the chunk's gap is the true one.
        let final = Gap(
            start: Self.start,
            end: Self.start.adding(milliseconds: 5_500),
            reason: .cameraOffline
        )
        let chunk = CatalogFixture.chunk(camera, epoch: epoch, sequence: 1, start: final.end)
        let offer = ChunkOffer(sealed: chunk, precedingGap: final)
        _ = try await catalog.registerChunks(fixture.worker, [offer])
        try await report(9_000, .diskFull)
        _ = try await catalog.registerChunks(fixture.worker, [offer])
        #expect(try await gaps() == [final])
    }
}
