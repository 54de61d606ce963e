import Domain
import Foundation
import Processes
import TestSupport
import Testing
import Transfer

/// SIGKILL of the coordinator at random moments of requests with an `Idempotency-Key`, which are then
/// sent again. `SPARC_CREATION_KILLS` sets how often, `SPARC_FAULT_SEED` repeats the moments.
@Suite(.serialized) struct CreationKillTests {
    private static let rounds =
        Int(ProcessInfo.processInfo.environment["SPARC_CREATION_KILLS"] ?? "") ?? 8
    private static let seed =
        UInt64(ProcessInfo.processInfo.environment["SPARC_FAULT_SEED"] ?? "")
        ?? UInt64.random(in: 1 ... .max)
    /// Requests of a round, at one time.
    private static let requests = 12

    @Test func `what is asked for again after a kill is made once`() async throws {
        let coordinator = try await LoneCoordinator()
        var random = SeededRandom(seed: Self.seed)
        var lost = 0
        var hidden = 0
        do {
            for round in 0..<Self.rounds {
                let child = try await coordinator.start()
                let viewer = try await Viewer.logIn(coordinator.base, coordinator.client)
                let delay = Int64.random(in: 0...80, using: &random)
                let killer = Task {
                    try await Task.sleep(for: .milliseconds(delay))
                    child.signal(SIGKILL)
                }
                let first = await Self.send(viewer, round)
                try await killer.value
                #expect(await child.waitForExit() == .signalled(SIGKILL))
                lost += first.count { $0 == nil }
                // Made, and nobody was told.
                let before = Int64(round * Self.requests + first.count { $0 != nil })
                hidden += Int(try await coordinator.count("SELECT count(*) FROM holds") - before)
                try await repeatAll(coordinator, round, first)
            }
            let made = try await coordinator.count("SELECT count(*) FROM holds")
            let expected = Int64(Self.rounds * Self.requests)
            #expect(made == expected, "seed \(Self.seed)")
            #expect(lost > 0, "no kill hit a request; seed \(Self.seed)")
            print(
                "creation kills: seed \(Self.seed), \(Self.rounds) kills, \(lost) answers lost, "
                    + "\(hidden) of them made, \(made) of \(expected) in the end"
            )
        } catch {
            Issue.record("seed \(Self.seed): \(error)")
        }
        coordinator.cleanUp()
    }

    /// All requests of a round again: each gets an answer, and the one it had if it had one.
    private func repeatAll(
        _ coordinator: LoneCoordinator,
        _ round: Int,
        _ first: [String?]
    ) async throws {
        // A claim that died with its process is waited for a minute; nobody waits here.
        try await coordinator.run(
            """
            UPDATE idempotency_keys SET claimed_at = claimed_at - interval '2 minutes'
            WHERE answer IS NULL
            """
        )
        let child = try await coordinator.start()
        let viewer = try await Viewer.logIn(coordinator.base, coordinator.client)
        let second = await Self.send(viewer, round)
        for (before, after) in zip(first, second) {
            #expect(after != nil, "seed \(Self.seed)")
            if let before { #expect(before == after, "seed \(Self.seed)") }
        }
        _ = await child.stop(grace: .seconds(10))
    }

    /// - Returns: The body of each answer; nil for one that was lost.
    private static func send(_ viewer: Viewer, _ round: Int) async -> [String?] {
        await withTaskGroup(of: (Int, String?).self) { group in
            for number in 0..<requests {
                group.addTask {
                    let answer = try? await viewer.send(
                        .post,
                        "/api/v1/holds",
                        body: #"{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","#
                            + #""reason":"\#(round) \#(number)"}"#,
                        headers: [("Idempotency-Key", "\(round)-\(number)")]
                    )
                    guard let answer, answer.status == 201 else { return (number, nil) }
                    return (number, String(decoding: answer.body, as: UTF8.self))
                }
            }
            var answers = [String?](repeating: nil, count: requests)
            for await (number, answer) in group { answers[number] = answer }
            return answers
        }
    }
}
