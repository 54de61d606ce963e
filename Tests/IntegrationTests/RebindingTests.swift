import Foundation
import Processes
import Sockets
import Synchronization
import TestSupport
import Testing
import Transfer

/// Names whose addresses change between the look and the connect (DNS rebinding), or that have an
/// allowed and a closed address at once: no connection is ever made to the closed one.
///
/// A name server of the test answers a whole coordinator, which has a `/etc/resolv.conf` of its own;
/// needs root for that.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root for a mount namespace"))
struct RebindingTests {
    private static let nameserver = "127.0.9.53"
    private static let allowed = "127.0.0.2"
    private static let closed = "127.0.0.3"
    /// Of each kind that `rebinding-names.py` knows.
    private static let kinds = ["a", "b", "c", "d", "e", "f"]

    /// What the name server and the listeners told.
    private final class Told: Sendable {
        private struct Line: Decodable {
            var ready: Bool?
            var connection: String?
            var answer: [String]?
        }

        private let lines = Mutex<[Line]>([])

        func add(_ text: String) {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else {
                return
            }
            lines.withLock { $0.append(line) }
        }

        var isReady: Bool { lines.withLock { $0.contains { $0.ready == true } } }

        func connections(to address: String) -> Int {
            lines.withLock { $0.count { $0.connection == address } }
        }

        /// Answers that named an address.
        func answers(with address: String) -> Int {
            lines.withLock { $0.count { $0.answer?.contains(address) ?? false } }
        }
    }

    @Test func `the address that was checked is the one that is connected to`() async throws {
        let port = try #require(LoopbackPort.free())
        let told = Told()
        let script =
            SparcInstallation.packageRoot + "/Tests/IntegrationTests/rebinding-names.py"
        let names = try ChildProcess(
            executable: "/usr/bin/env",
            arguments: [
                "python3", "-u", script, Self.nameserver, Self.allowed, Self.closed, "\(port)",
            ],
            environment: ["PATH": "/usr/bin:/bin"],
            output: { told.add($0) },
            errorOutput: { print("rebinding names: \($0)") }
        )
        let coordinator = try await LoneCoordinator()
        let resolver = "/tmp/sparc-resolv-\(UInt32.random(in: 0 ... .max))"
        try "nameserver \(Self.nameserver)\noptions timeout:1 attempts:2\n"
            .write(toFile: resolver, atomically: true, encoding: .utf8)
        do {
            for _ in 0..<200 where !told.isReady {
                try await Task.sleep(for: .milliseconds(50))
            }
            try await run(coordinator, resolver, port, networks: Self.allowed, names: 0..<2)
            let (open, shut) = (
                told.connections(to: Self.allowed), told.connections(to: Self.closed)
            )
            let answers = told.answers(with: Self.closed)
            print(
                "rebinding: \(answers) answers named the closed address,",
                "\(open) connections to the allowed one, \(shut) to the closed one"
            )
            #expect(shut == 0)
            // Names that had the allowed one first, or beside the other, were reached.
            #expect(open >= 2)
            #expect(answers >= Self.kinds.count - 1)
            // Were both allowed, both would be: nothing else keeps anybody away.
            let both = "\(Self.allowed),\(Self.closed)"
            try await run(coordinator, resolver, port, networks: both, names: 2..<4)
            #expect(told.connections(to: Self.closed) > 0)
        } catch {
            Issue.record("\(error)")
        }
        _ = await names.stop(grace: .seconds(2), signal: SIGKILL)
        coordinator.cleanUp()
        try? FileManager.default.removeItem(atPath: resolver)
    }

    private func run(
        _ coordinator: LoneCoordinator,
        _ resolver: String,
        _ port: Int,
        networks: String,
        names: Range<Int>
    ) async throws {
        let child = try await coordinator.start(
            with: ["WEBHOOK_NETWORKS": networks],
            resolver: resolver
        )
        try await deliver(coordinator, port, names)
        _ = await child.stop(grace: .seconds(10))
    }

    /// Names of each kind, each sent to until its message was tried twice or delivered.
    private func deliver(
        _ coordinator: LoneCoordinator,
        _ port: Int,
        _ names: Range<Int>
    ) async throws {
        let viewer = try await Viewer.logIn(coordinator.base, coordinator.client)
        for kind in Self.kinds {
            for number in names {
                let url = "http://\(kind)\(number).rebind.test:\(port)/hook"
                let made = try await viewer.send(
                    .post,
                    "/api/v1/webhooks",
                    body: #"{"url":"\#(url)"}"#
                )
                let object = try JSONSerialization.jsonObject(with: Data(made.body))
                let id = (object as? [String: Any])?["id"] as? String ?? "?"
                #expect(made.status == 201, "\(url)")
                for _ in 0..<2 {
                    let sent = try await viewer.send(.post, "/api/v1/webhooks/\(id)/test")
                    #expect(sent.status == 202)
                }
            }
        }
        // Names that were looked up once are asked for again.
        var left: Int64 = -1
        for round in 0..<300 where left != 0 {
            try await Task.sleep(for: .milliseconds(100))
            if round % 20 == 19 {
                try await coordinator.run(
                    "UPDATE webhook_deliveries SET next_try_at = now() WHERE state = 'pending'"
                )
            }
            left = try await coordinator.count(
                """
                SELECT count(*) FROM webhook_deliveries
                WHERE state = 'pending' AND attempts < 2
                """
            )
        }
        #expect(left == 0)
    }
}
