import ArgumentParser

struct All: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "All benchmarks at full length (less than 15 minutes)."
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.run { machine, results in
            var isGood = true
            for count in [64, 128] {
                let passed = try await IngestBenchmark(plan: IngestPlan(), machine: machine)
                    .run(cameras: count, spread: 0, results: results)
                isGood = isGood && passed
            }
            try await ArchiveBenchmark(days: 30, cameras: 100, requests: 1_000, machine: machine)
                .run(results)
            try await StartBenchmark(rounds: 5, cameras: 8, machine: machine).run(results)
            return isGood
        }
    }
}
