import Foundation
import Processes
import TestSupport
import Testing

/// A real coordinator on a real database does what `openapi.yaml` says, whatever it is sent.
@Suite(.serialized) struct ContractRunTests {
    /// `Tests/Contract/run.sh`.
    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Contract/run.sh").path

    @Test func `the description is valid and complete, and the server keeps to it`() async throws {
        let coordinator = try await LoneCoordinator()
        let child = try await coordinator.start()
        var environment = ProcessInfo.processInfo.environment.filter {
            $0.key.hasPrefix("SPARC_CONTRACT_") || $0.key.hasPrefix("PIP_") || $0.key == "PATH"
        }
        environment["HOME"] = "/tmp"
        let run = try await ShellCommand.run(
            Self.script,
            [coordinator.base, LoneCoordinator.workerToken],
            environment: environment
        )
        #expect(run.status.isSuccess, "\(run.output)\n\(run.errors)")
        let counts = run.output.split(separator: "\n").filter {
            $0.hasPrefix("description: ") || $0.hasPrefix("schemathesis: ")
        }
        #expect(counts.count >= 4)
        print(counts.joined(separator: "\n"))
        // It went through all of that, and is still the same process.
        #expect(child.exitStatus == nil)
        _ = await child.stop(grace: .seconds(5))
        coordinator.cleanUp()
    }
}
