import Domain
import Foundation
import TestSupport
import Testing
import Transfer

/// A camera whose bytes crash its recorder: its neighbours lose one restart, and then it runs alone.
///
/// No bytes are known that do it. The recorder gets a real SIGSEGV at a moment when it works on that
/// camera (`RecorderCrash`).
@Suite(.serialized) struct PoisonTests {
    private struct Health: Codable {
        var state: String
        var reasons: [String]
    }

    /// The longest gap that one crash may cost a neighbour: a GOP of 1 s and 3 s, to which comes the
    /// time that this machine needs to start a process.
    private static let gapLimit = 4.0

    @Test func `a camera that crashes its recorder costs the others one gap and runs alone`()
        async throws
    {
        let installation = try SparcInstallation(
            isDemo: false,
            environment: [
                "SPARC_ENV": "development", "SPARC_CHUNK_SECONDS": "8",
                "CAMERA_NETWORKS": "127.0.0.0/8",
            ]
        )
        let farm = try await SimulatedCameras()
        do {
            try await installation.start()
            try await poison(installation, farm)
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(6_000))")
        }
        await installation.cleanUp()
        await farm.stop()
    }

    private func poison(_ installation: SparcInstallation, _ farm: SimulatedCameras) async throws {
        let viewer = try await Viewer.logIn(installation)
        let cameras = try await farm.add(to: viewer)
        try await Recording.waitUntilAllLive(viewer, count: 3)
        try await Task.sleep(for: .seconds(3))
        let start = Recording.now()
        let (neighbours, culprit) = ([cameras[0], cameras[2]], cameras[1])
        #expect(recorders(installation).count == 1)

        // A kill at a moment when it works on a camera proves nothing.
        let first = readyTimes(installation).count
        let killed = try crash(culprit, installation, signal: SIGKILL)
        try await waitFor("a recorder after the kill") {
            let found = recorders(installation)
            return found.count == 1 && found.first != killed
                && readyTimes(installation).count == first + 1
        }
        try await Recording.waitUntilAllLive(viewer, count: 3)
        // Recorded again by then: the gap of the kill ends before the crash.
        try await Task.sleep(for: .seconds(6))
        let firstCrash = Recording.now()
        let ready = readyTimes(installation).count

        let shared = try crash(culprit, installation)
        _ = try await waitForState(viewer, culprit, "quarantined")
        try await waitFor("two recorders that are ready") {
            readyTimes(installation).count == ready + 2
        }
        let lastReady = try #require(readyTimes(installation).max())
        let ended = try #require(times(of: "signal 11", installation).min())
        let limit = Self.gapLimit + LossAudit.seconds(lastReady - ended)
        try await waitFor("two recorders") {
            let found = recorders(installation)
            return found.count == 2 && !found.contains(shared)
        }
        // It has run well for a while: recorded, with a word of warning.
        let settled = try await waitForState(viewer, culprit, "degraded")
        #expect(settled.reasons.contains { $0.contains("recorder of its own") }, "\(settled)")
        for camera in neighbours {
            #expect(try await health(viewer, camera).state == "live")
        }

        let others = recorders(installation)
        let secondCrash = Recording.now()
        let alone = try crash(culprit, installation)
        let again = try await waitForState(viewer, culprit, "quarantined")
        #expect(again.reasons.contains { $0.contains("2 times") }, "\(again)")
        try await waitFor("its recorder again") {
            let found = recorders(installation)
            return found.count == 2 && !found.contains(alone)
        }
        #expect(Set(recorders(installation)).isSuperset(of: Set(others).subtracting([alone])))
        try await Task.sleep(for: .seconds(4))
        let end = Recording.now()
        for camera in neighbours {
            let gaps = try await gaps(viewer, camera, from: start, to: end)
            #expect(gaps.count { $0.end < firstCrash } == 1, "the kill: \(gaps)")
            let crashes = gaps.filter { $0.end >= firstCrash }
            // None where the crash fell just before a key picture: what is lost then is shorter than
            // the dates of two runs may differ by.
            #expect(crashes.count <= 1, "\(camera.name): \(gaps)")
            for gap in crashes {
                let seconds = LossAudit.seconds(gap.end - gap.start)
                #expect(gap.reason == .recorderCrash && seconds <= limit, "\(gap), \(limit)")
                print("poison: a neighbour lost \(LossAudit.rounded(seconds)) s")
                #expect(gap.end < secondCrash, "\(gap)")
            }
        }
        let own = try await gaps(viewer, culprit, from: firstCrash, to: end)
        #expect(own.map(\.reason) == [.recorderCrash, .recorderCrash], "\(own)")
        #expect(own.last.map { $0.end < end } == true, "it does not record again: \(own)")
    }

    private func crash(
        _ camera: Viewer.Camera,
        _ installation: SparcInstallation,
        signal: Int32 = SIGSEGV
    ) throws -> Int32 {
        let worker = try #require(installation.processes().first { $0.role == "ingest" })
        return try RecorderCrash.crash(
            try #require(CameraID(camera.id)),
            .main,
            signal: signal,
            marks: RecorderCrash.marks(ofWorker: worker.id)
        )
    }

    /// When recorders said that they are ready, by the worker's log.
    private func readyTimes(_ installation: SparcInstallation) -> [WallTime] {
        times(of: "recorder is confined", installation)
    }

    private func times(of text: String, _ installation: SparcInstallation) -> [WallTime] {
        installation.log.split(separator: "\n").filter { $0.contains(text) }
            .compactMap { line in line.split(separator: " ").first }
            .compactMap { WallTime(rfc3339: String($0)) }
    }

    private func recorders(_ installation: SparcInstallation) -> [Int32] {
        installation.processes().filter { $0.role == "recorder" }.map(\.id)
    }

    private func health(_ viewer: Viewer, _ camera: Viewer.Camera) async throws -> Health {
        let answer = try await viewer.send(.get, "/api/v1/cameras/\(camera.id)/health")
        return try JSONDecoder().decode(Health.self, from: Data(answer.body))
    }

    private func gaps(
        _ viewer: Viewer,
        _ camera: Viewer.Camera,
        from start: WallTime,
        to end: WallTime
    ) async throws -> [Viewer.Span] {
        try await viewer.timeline(camera.id, from: start, to: end).gaps
    }

    private func waitForState(
        _ viewer: Viewer,
        _ camera: Viewer.Camera,
        _ state: String
    ) async throws -> Health {
        var last: Health?
        var seen: [String] = []
        do {
            try await waitFor("state \(state)") {
                let health = try await health(viewer, camera)
                last = health
                if seen.last != health.state { seen.append(health.state) }
                return health.state == state
            }
        } catch {
            throw Recording.Failure(description: "\(error), only \(seen)")
        }
        return try #require(last)
    }

    private func waitFor(
        _ what: String,
        _ isThere: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if try await isThere() { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Recording.Failure(description: "not within 30 s: \(what)")
    }
}
