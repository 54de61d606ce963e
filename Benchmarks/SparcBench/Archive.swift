import ArgumentParser

struct Archive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time the archive playlist of one hour out of many days of many cameras."
    )

    @Option(help: "Days of rows.")
    var days = 30

    @Option(help: "How many cameras.")
    var cameras = 100

    @Option(help: "Playlists asked for, plain and again compressed.")
    var requests = 1_000

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...365).contains(days), (1...200).contains(cameras), requests > 0 else {
            throw ValidationError(
                "--days from 1 to 365, --cameras from 1 to 200, --requests from 1"
            )
        }
    }

    func run() async throws {
        let (days, cameras, requests) = (days, cameras, requests)
        try await common.run { machine, results in
            try await ArchiveBenchmark(
                days: days,
                cameras: cameras,
                requests: requests,
                machine: machine
            ).run(results)
            return true
        }
    }
}
