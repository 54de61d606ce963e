import ArgumentParser
import Foundation
import Recorder

/// `sparc recorder`: started by ingest only; commands by standard input, events by standard output.
struct RecorderCommandLine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recorder",
        abstract: "Record cameras in a sandbox (started by ingest).",
        shouldDisplay: false
    )

    @Option(help: "User and group to become; only root can.")
    var userId: UInt32?

    func run() throws {
        let status = RecorderProcess.run(user: userId)
        if status != 0 { throw ExitCode(status) }
    }
}
