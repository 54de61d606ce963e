import ArgumentParser

/// The benchmarks of `make bench`.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "SparcBench",
        abstract: "Measure recording, archive playlists and the start against their limits.",
        discussion: "Benchmarks/README.md says what is measured and how to read it.",
        subcommands: [
            All.self, Ingest.self, Archive.self, Start.self, Requests.self, Large.self,
            IdentityCommand.self,
        ],
        defaultSubcommand: All.self
    )
}
