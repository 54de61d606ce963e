import ArgumentParser

struct IdentityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity",
        abstract: "Requests with a token beside requests without, token checks, and logins.",
        discussion: "Needs wrk, of Debian's package of that name."
    )

    @Option(help: "Seconds of each run.")
    var seconds = 10

    @Option(help: "Runs of each path, one after the other in turn.")
    var rounds = 3

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...600).contains(seconds), (1...100).contains(rounds) else {
            throw ValidationError("--seconds from 1 to 600, --rounds from 1 to 100")
        }
    }

    func run() async throws {
        let (seconds, rounds) = (seconds, rounds)
        try await common.run { machine, results in
            try await IdentityBenchmark(seconds: seconds, rounds: rounds, machine: machine)
                .run(results)
            return true
        }
    }
}
