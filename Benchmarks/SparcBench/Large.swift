import ArgumentParser

struct Large: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One retention run in a large catalogue, its locks, and playback during it.",
        discussion: """
            By default 43.2 million rows: a month of 1,000 cameras. Checks first that the disk has \
            room for them.
            """
    )

    @Option(help: "Days of rows, of which one and a part go.")
    var days = 30

    @Option(help: "How many cameras.")
    var cameras = 1_000

    @Option(help: "Playlists asked for before the run.")
    var requests = 500

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (3...365).contains(days), (1...5_000).contains(cameras), requests > 0 else {
            throw ValidationError(
                "--days from 3 to 365, --cameras from 1 to 5000, --requests from 1"
            )
        }
    }

    func run() async throws {
        let (days, cameras, requests) = (days, cameras, requests)
        try await common.run { machine, results in
            let row = try await LargeBenchmark(
                days: days,
                cameras: cameras,
                requests: requests,
                machine: machine
            ).run()
            try results.append(row)
            return true
        }
    }
}
