import Domain
import Foundation
import TestSupport
import Transfer

/// A second worker of an installation that takes streams and records nothing, so that leases move.
struct GhostWorker: Sendable {
    let id = WorkerID()
    let installation: SparcInstallation
    let token: String

    init(_ installation: SparcInstallation) throws {
        self.installation = installation
        let file = installation.folder + "/keys/worker.token"
        token = try String(contentsOfFile: file, encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func register() async throws {
        let registration = WorkerRegistration(
            worker: id,
            name: "ghost",
            edge: "http://127.0.0.1:1",
            highestEpoch: 0
        )
        _ = try await send(.post, "", try JSONEncoder().encode(registration))
    }

    /// Says that it lives, until cancelled.
    func haunt() async {
        while !Task.isCancelled {
            let body = try? JSONEncoder().encode(WorkerLiveness(streams: []))
            _ = try? await send(.post, "/\(id)/liveness", body ?? Data())
            try? await Task.sleep(for: .seconds(1))
        }
    }

    func assignments() async throws -> [WorkerAssignment] {
        let answer = try await send(.get, "/\(id)/assignments", Data())
        return try JSONDecoder().decode(WorkerAssignments.self, from: answer).streams
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: Data
    ) async throws -> Data {
        let answer = try await installation.client.send(
            HTTPRequest(
                method,
                installation.baseURL + "/internal/v1/workers" + path,
                headers: [
                    (name: "Authorization", value: "Bearer \(token)"),
                    (name: "Content-Type", value: "application/json"),
                ],
                body: [UInt8](body)
            )
        )
        guard answer.isSuccess else {
            throw Recording.Failure(description: "ghost: status \(answer.status)")
        }
        return Data(answer.body)
    }
}
