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
            let times = try await times(viewer, added, fill, encoding)
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

    /// From the request to the whole answer on loopback: the time in the server and some more.
    private func times(
        _ viewer: Viewer,
        _ added: [Viewer.Camera],
        _ fill: ArchiveFill,
        _ encoding: String?
    ) async throws -> Percentiles {
        let hours = days * 24 - 1
        let headers = encoding.map { [(name: "Accept-Encoding", value: $0)] } ?? []
        var seconds: [Double] = []
        // The first hundred open the connections and warm what a server in use has warm.
        for number in 0..<(requests + 100) {
            guard let camera = added.randomElement() else { break }
            let offset = Int64.random(in: 0..<Int64(hours) * 3_600_000)
            let from = fill.start.adding(milliseconds: offset)
            let to = from.adding(milliseconds: 3_600_000)
            let begun = ContinuousClock.now
            let answer = try await viewer.send(
                .get,
                "/hls/\(camera.id)/archive.m3u8?from=\(from)&to=\(to)",
                headers: headers
            )
            let took = (ContinuousClock.now - begun).seconds
            guard answer.status == 200 else {
                throw BenchFailure("archive.m3u8: status \(answer.status)")
            }
            if encoding == nil {
                let listed = PlaylistEntry.all(in: String(decoding: answer.body, as: UTF8.self))
                guard listed.count >= 900, !listed.contains(where: \.isGap) else {
                    throw BenchFailure("archive.m3u8 lists \(listed.count) segments of an hour")
                }
            }
            if number >= 100 { seconds.append(took) }
        }
        return Percentiles(seconds)
    }
}
