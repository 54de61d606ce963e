import Domain
import Foundation
import TestSupport

/// `sparc up` on a folder with recordings, to the first live picture that a player can have.
struct StartBenchmark {
    /// Seconds between key pictures of the clip.
    static let groupSeconds = 2.0
    let rounds: Int
    let cameras: Int
    let machine: Machine

    func run(_ results: ResultsFile) async throws {
        Text.say("start: \(rounds) rounds with \(cameras) cameras")
        let simulator = try await Simulator.start(cameras: cameras)
        let installation = try SparcInstallation(
            isDemo: false,
            environment: SparcMethod.environment
        )
        do {
            try await measure(installation, simulator, results)
        } catch {
            let log = installation.log.suffix(3_000)
            await installation.cleanUp()
            await simulator.stop()
            throw BenchFailure("\(error)\n\(log)")
        }
        await installation.cleanUp()
        await simulator.stop()
    }

    private func measure(
        _ installation: SparcInstallation,
        _ simulator: Simulator,
        _ results: ResultsFile
    ) async throws {
        try await installation.start()
        let viewer = try await Viewer.logIn(installation)
        let added = try await SparcMethod.addCameras(simulator, to: viewer)
        try await Task.sleep(for: .seconds(15))
        var ready: [Double] = []
        var picture: [Double] = []
        for _ in 0..<rounds {
            _ = await installation.stop()
            let begun = WallTime.current
            try await installation.start()
            ready.append(WallTime.current.seconds - begun.seconds)
            let viewer = try await Viewer.logIn(installation)
            let shown = try await LiveWatch(viewer: viewer)
                .firstPicture(added[0], after: begun, within: .seconds(60))
            picture.append(shown.seconds - begun.seconds)
            Text.say(
                "  ready after \(Text.number(ready[ready.count - 1])) s, first live picture "
                    + "after \(Text.number(picture[picture.count - 1])) s"
            )
            try await Task.sleep(for: .seconds(2))
        }
        let (api, live) = (Percentiles(ready), Percentiles(picture))
        let gate = Gate(
            name: "sparc up to the first live picture, median s",
            value: live.median,
            limit: 5 + Self.groupSeconds,
            kind: .goal
        )
        Text.say("  " + gate.line)
        var figures = ["rounds": Double(rounds), "cameras": Double(cameras)]
        figures["ready_median_seconds"] = api.median
        figures["ready_max_seconds"] = api.max
        figures["live_picture_median_seconds"] = live.median
        figures["live_picture_max_seconds"] = live.max
        try results.append(ResultRow("start", "sparc", figures, machine: machine))
    }
}
