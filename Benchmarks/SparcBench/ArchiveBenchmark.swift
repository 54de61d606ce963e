import Domain
import Foundation
import TestSupport
import Transfer

/// The archive playlist of one hour out of many days of many cameras.
struct ArchiveBenchmark {
    let days: Int
    let cameras: Int
    let requests: Int
    let machine: Machine

    func run(_ results: ResultsFile) async throws {
        Text.say("archive: \(days) days of \(cameras) cameras in a durable PostgreSQL")
        let installation = try SparcInstallation(
            isDemo: false,
            environment: SparcMethod.environment
        )
        do {
            try await installation.start()
            try await measure(installation, results)
            await installation.cleanUp()
        } catch {
            let log = installation.log.suffix(3_000)
            await installation.cleanUp()
            throw BenchFailure("\(error)\n\(log)")
        }
    }

    private func measure(_ installation: SparcInstallation, _ results: ResultsFile) async throws {
        let viewer = try await Viewer.logIn(installation)
        var added: [Viewer.Camera] = []
        for number in 0..<cameras {
            // Nobody listens there: the cameras are for their footage only.
            let url = "rtsp://127.0.0.1:9/cam\(number)"
            added.append(try await viewer.addCamera(name: "Camera \(number)", url: url))
        }
        let clock = ContinuousClock()
        let begun = clock.now
        let fill = try await ArchiveFill(installation, days: days)
        let rows = try await fill.run()
        let took = (clock.now - begun).seconds
        Text.say("  \(rows) rows in \(Text.number(took)) s")
        // Removed, so that no worker tries to reach them meanwhile; their footage stays.
        for camera in added { _ = try await viewer.send(.delete, "/api/v1/cameras/\(camera.id)") }
        var figures = [
            "rows": Double(rows), "fill_seconds": took, "requests": Double(requests),
        ]
        for (name, encoding) in [("plain", nil), ("gzip", "gzip")] as [(String, String?)] {
            let playback = ArchivePlayback(viewer: viewer, cameras: added, fill: fill)
            let times = try await playback.times(requests, encoding: encoding)
            figures["\(name)_p50_seconds"] = times.at(50)
            figures["\(name)_p99_seconds"] = times.at(99)
            figures["\(name)_max_seconds"] = times.max
            let shown = [times.at(50), times.at(99), times.max].map { Text.number($0 ?? 0) }
            Text.say("  one hour, \(name): p50 \(shown[0]) s, p99 \(shown[1]) s, max \(shown[2]) s")
            let gate = Gate(
                name: "archive playlist of an hour, \(name), p99 s",
                value: times.at(99),
                limit: 0.02,
                kind: .goal
            )
            Text.say("  " + gate.line)
        }
        try results.append(ResultRow("archive", "sparc", figures, machine: machine))
    }
}
