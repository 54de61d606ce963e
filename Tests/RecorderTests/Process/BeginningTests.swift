import CameraSimulator
import Domain
import Spool
import Testing

/// How soon a camera is recorded, at first and when it lost its thread.
@Suite(.serialized) struct BeginningTests {
    /// Waits for a camera's first durable fragment of its `run`th run; nil if none comes.
    private func fragment(
        _ camera: CameraID,
        of recorder: RecorderRun,
        run: Int,
        within limit: Duration
    ) async throws -> ContinuousClock.Instant? {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            // The folder is not there before the first chunk.
            let chunks = (try? recorder.chunks(camera)) ?? []
            let runs = chunks.filter { !$0.journal.fragments.isEmpty }
                .compactMap { $0.header?.run }
            if Set(runs).count >= run { return .now }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }

    @Test func `an added camera is recorded within three seconds and a group of pictures`()
        async throws
    {
        // The clip has a key picture every 2 s. The margin is for a loaded machine; the promise is
        // far below it, and what it measures on an idle one is under 1 s.
        let margin = Duration.seconds(10)
        let limit = Duration.seconds(3) + .seconds(2) + margin
        try await Farm.run(count: 1) { farm, url in
            let recorder = try RecorderRun()
            defer { recorder.removeSpool() }
            let camera = CameraID()
            let added = ContinuousClock.now
            try recorder.start(camera, url("cam0"))
            let first = try await fragment(camera, of: recorder, run: 1, within: limit)
            #expect(first != nil)
            #expect(ContinuousClock.now - added < limit)
            #expect(try await recorder.reaches(.live, camera))
            #expect(recorder.states(camera).map(\.state) == [.starting, .live])
            #expect(try await recorder.end() == 0)
            let chunk = try #require(try recorder.chunks(camera).first)
            #expect(chunk.journal.fragments.first?.isIndependent == true)
            // Nothing was missed: the first picture that the camera sent is the first recorded.
            #expect(chunk.header?.precedingGap == nil)
        }
    }

    @Test func `a camera that sends no more key pictures is connected to anew after a loss`()
        async throws
    {
        try await Farm.run(count: 1) { farm, url in
            let recorder = try RecorderRun()
            defer { recorder.removeSpool() }
            let camera = CameraID()
            try recorder.start(camera, url("cam0?fault=gop:none"))
            let first = try await fragment(camera, of: recorder, run: 1, within: .seconds(20))
            #expect(first != nil)
            try await farm.apply(.loss(0.5), camera: 0)
            try await Task.sleep(for: .milliseconds(500))
            try await farm.apply(.loss(0), camera: 0)
            let second = try await fragment(camera, of: recorder, run: 2, within: .seconds(40))
            #expect(second != nil)
            #expect(recorder.states(camera).contains { $0.state == .stalled })
            #expect(try await recorder.end() == 0)
            let gaps = try recorder.chunks(camera).compactMap { $0.header?.precedingGap }
            #expect(gaps.map(\.reason) == [.packetLoss])
        }
    }
}
