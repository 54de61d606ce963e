import Foundation
import Processes
import TestSupport
import Testing

/// A real coordinator on a real database does what `openapi.yaml` says, whatever it is sent.
@Suite(.serialized) struct ContractRunTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Contract")

    @Test func `the description is valid and complete, and the server keeps to it`() async throws {
        let coordinator = try await LoneCoordinator()
        let child = try await coordinator.start()
        var environment = ProcessInfo.processInfo.environment.filter {
            $0.key.hasPrefix("SPARC_CONTRACT_") || $0.key.hasPrefix("PIP_") || $0.key == "PATH"
        }
        environment["HOME"] = "/tmp"
        let run = try await ShellCommand.run(
            Self.folder.appending(path: "run.sh").path,
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

    @Test func `hostile bytes are refused, and memory stays flat`() async throws {
        let coordinator = try await LoneCoordinator()
        let child = try await coordinator.start()
        let port = coordinator.base.split(separator: ":").last.map { String($0) } ?? ""
        let run = try await ShellCommand.run(
            "/usr/bin/python3",
            [
                Self.folder.appending(path: "hostile.py").path, port, "\(child.processID)",
                LoneCoordinator.workerToken,
            ]
        )
        #expect(run.status.isSuccess, "\(run.output)\n\(run.errors)")
        print(run.output)
        #expect(child.exitStatus == nil)
        _ = await child.stop(grace: .seconds(5))
        coordinator.cleanUp()
    }
}
