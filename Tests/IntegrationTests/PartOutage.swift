import Foundation
import TestSupport

/// A part of a running installation that is taken away and given back.
final class PartOutage: Sendable {
    private let restore: @Sendable () -> Void

    /// Begins it.
    /// - Parameter part: `store`, `coordinator` or `database`.
    init(_ part: String, _ installation: SparcInstallation) throws {
        guard part != "store" else {
            let store = installation.folder + "/store"
            let aside = installation.folder + "/store.away"
            try FileManager.default.moveItem(atPath: store, toPath: aside)
            // A file in the folder's place: no write can succeed, for root neither.
            _ = FileManager.default.createFile(atPath: store, contents: Data())
            restore = {
                try? FileManager.default.removeItem(atPath: store)
                try? FileManager.default.moveItem(atPath: aside, toPath: store)
            }
            return
        }
        let stopped = installation.processes().filter { process in
            part == "coordinator"
                ? process.role == "coordinator" : process.command.contains("postgres")
        }
        guard !stopped.isEmpty else {
            throw Recording.Failure(description: "there is no process of the \(part)")
        }
        for process in stopped { kill(process.id, SIGSTOP) }
        restore = { for process in stopped { kill(process.id, SIGCONT) } }
    }

    /// Ends it.
    func end() {
        restore()
    }
}
