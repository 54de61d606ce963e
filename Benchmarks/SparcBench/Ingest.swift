import ArgumentParser

struct Ingest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record simulated cameras with SPARC, then with ffmpeg, and compare.",
        discussion: """
            Exits with 1 if a gate is missed or the run is void: the simulator dropped or delayed \
            pictures, or a hole in a recording has no gap row.
            """
    )

    @Option(help: "How many cameras; several times for several runs.")
    var cameras: [Int] = [64, 128]

    @Option(help: "Seconds measured.")
    var seconds = 60

    @Option(help: "Seconds before, once all cameras are live.")
    var warmUp = 8

    @Option(help: "Seconds during which live playlists are watched, after the measured ones.")
    var watchSeconds = 30

    @Option(
        help: """
            Milliseconds over which the cameras' GOPs begin; 0 for one picture interval, so that all \
            key pictures come together; 2000 spreads them over a whole GOP.
            """
    )
    var spread = 0

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard cameras.allSatisfy({ (1...128).contains($0) }) else {
            throw ValidationError("--cameras must be from 1 to 128, for example --cameras 64")
        }
        guard (1...3_600).contains(seconds), (0...600).contains(warmUp),
            (5...600).contains(watchSeconds)
        else {
            throw ValidationError("--seconds from 1, --warm-up from 0, --watch-seconds from 5")
        }
        guard (0...60_000).contains(spread) else {
            throw ValidationError("--spread must be from 0 to 60000, for example --spread 2000")
        }
    }

    var plan: IngestPlan {
        IngestPlan(
            warmUp: .seconds(warmUp),
            window: .seconds(seconds),
            latencyWindow: .seconds(watchSeconds)
        )
    }

    func run() async throws {
        let (plan, cameras, spread) = (plan, cameras, spread)
        try await common.run { machine, results in
            var isGood = true
            for count in cameras {
                let passed = try await IngestBenchmark(plan: plan, machine: machine)
                    .run(cameras: count, spread: spread, results: results)
                isGood = isGood && passed
            }
            return isGood
        }
    }
}
