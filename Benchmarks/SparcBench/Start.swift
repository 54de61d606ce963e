import ArgumentParser

struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time `sparc up` on a folder with recordings to the first live picture."
    )

    @Option(help: "How many starts.")
    var rounds = 5

    @Option(help: "How many cameras.")
    var cameras = 8

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100).contains(rounds), (1...128).contains(cameras) else {
            throw ValidationError("--rounds from 1 to 100, --cameras from 1 to 128")
        }
    }

    func run() async throws {
        let (rounds, cameras) = (rounds, cameras)
        try await common.run { machine, results in
            try await StartBenchmark(rounds: rounds, cameras: cameras, machine: machine)
                .run(results)
            return true
        }
    }
}
