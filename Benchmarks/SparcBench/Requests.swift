import ArgumentParser

struct Requests: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Count what a camera costs at a store of objects: requests, bytes, list price."
    )

    @Option(help: "How many cameras.")
    var cameras = 8

    @Option(help: "Chunks of 60 s to wait for, of each camera.")
    var chunks = 3

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...64).contains(cameras), (1...60).contains(chunks) else {
            throw ValidationError("--cameras from 1 to 64, --chunks from 1 to 60")
        }
    }

    func run() async throws {
        let (cameras, chunks) = (cameras, chunks)
        try await common.run { machine, results in
            try await RequestsBenchmark(cameras: cameras, chunks: chunks, machine: machine)
                .run(results)
            return true
        }
    }
}
