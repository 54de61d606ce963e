import ArgumentParser
import UnixSignals

/// Options of every benchmark.
struct CommonOptions: ParsableArguments {
    @Option(help: "File for the raw rows; by default one in Benchmarks/results.")
    var results: String?

    /// Runs a benchmark, ends what it started on Ctrl-C too, and exits with 1 if a gate was missed.
    func run(
        _ body: @escaping @Sendable (Machine, ResultsFile) async throws -> Bool
    ) async throws {
        let machine = await Machine.read()
        let file = ResultsFile(path: results, commit: machine.commit)
        let isGood = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { try await body(machine, file) }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { break }
                return false
            }
            let first = try await group.next() ?? false
            group.cancelAll()
            return first
        }
        Text.say("raw rows: \(file.path)")
        if !isGood { throw ExitCode(1) }
    }
}
