import Domain
import Foundation
import Processes
import TestSupport
import Testing
import Transfer

/// `sparc keys` beside a running coordinator, and a change of the master key as the README tells it.
struct KeysCommandTests {
    private static let password = "correct horse"

    @Test func `keys are rotated and the master key is changed, and passwords stay`() async throws {
        let lone = try await LoneCoordinator()
        let next = [
            "SPARC_MASTER_KEY": LoneCoordinator.key(), "SPARC_MASTER_KEY_PREVIOUS": lone.masterKey,
        ]
        let alone = ["SPARC_MASTER_KEY": next["SPARC_MASTER_KEY"] ?? ""]
        var child = try await lone.start()
        let viewer = try await Viewer.logIn(lone.base, lone.client)
        let camera = try await viewer.addCamera(
            name: "Gate",
            url: "rtsp://u:correct%20horse@10.1.2.3/s"
        )
        let worker = try await register(lone)
        #expect(try await password(of: camera.id, worker, lone) == Self.password)
        let rotated = try await lone.command(["keys", "rotate", "--all"])
        #expect(rotated.status.isSuccess, "\(rotated.errors)")
        #expect(
            rotated.output == "development: data key 2, 1 values encrypted anew, deleted key 1"
        )
        #expect(try await password(of: camera.id, worker, lone) == Self.password)

        // As the README has it: migrate, restart with both, rewrap, restart with the new one.
        #expect(try await lone.command(["migrate"], with: next).status.isSuccess)
        _ = await child.stop(grace: .seconds(10))
        child = try await lone.start(with: next)
        #expect(try await password(of: camera.id, worker, lone) == Self.password)
        let token = [(name: "Authorization", value: "Bearer \(viewer.token)")]
        let old = try await lone.client.send(
            HTTPRequest(.get, lone.base + "/api/v1/cameras", headers: token)
        )
        #expect(old.status == 401)
        let wrapped = try await lone.command(["keys", "rewrap", "--all"], with: next)
        #expect(
            wrapped.output
                == "development: 1 data keys under the new master key, 0 values encrypted anew",
            "\(wrapped.errors)"
        )
        _ = await child.stop(grace: .seconds(10))
        child = try await lone.start(with: alone)
        #expect(try await password(of: camera.id, worker, lone) == Self.password)

        // The old master key is of no use any more, and is not told.
        let late = try await lone.command(["keys", "rotate", "--tenant", "development"])
        #expect(!late.status.isSuccess)
        #expect(late.errors.contains("another master key"))
        #expect(!(late.errors + late.output).contains(lone.masterKey))
        let unknown = try await lone.command(["keys", "rotate", "--tenant", "nobody"], with: alone)
        #expect(!unknown.status.isSuccess && unknown.errors.contains("no organisation nobody"))
        #expect(try await !lone.command(["keys", "rotate"], with: alone).status.isSuccess)
        #expect(try await password(of: camera.id, worker, lone) == Self.password)
        _ = await child.stop(grace: .seconds(10))
        lone.cleanUp()
    }

    private func register(_ lone: LoneCoordinator) async throws -> WorkerID {
        let worker = WorkerID()
        let body = try JSONEncoder().encode(
            WorkerRegistration(
                worker: worker,
                name: "w",
                edge: "http://127.0.0.1:9",
                highestEpoch: 0
            )
        )
        let answer = try await lone.client.send(
            HTTPRequest(
                .post,
                lone.base + "/internal/v1/workers",
                headers: headers(lone) + [("Content-Type", "application/json")],
                body: Array(body)
            )
        )
        #expect(answer.status == 200)
        return worker
    }

    /// What the worker is told of a camera, once it has it.
    private func password(
        of camera: String,
        _ worker: WorkerID,
        _ lone: LoneCoordinator
    ) async throws -> String? {
        for _ in 0..<300 {
            let answer = try await lone.client.send(
                HTTPRequest(
                    .get,
                    lone.base + "/internal/v1/workers/\(worker)/assignments",
                    headers: headers(lone)
                )
            )
            #expect(answer.status == 200)
            let list = try JSONDecoder().decode(WorkerAssignments.self, from: Data(answer.body))
            if let stream = list.streams.first(where: { "\($0.camera)" == camera }) {
                return stream.credentials?.password
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }

    private func headers(_ lone: LoneCoordinator) -> [(name: String, value: String)] {
        [("Authorization", "Bearer \(lone.workerToken)")]
    }
}
