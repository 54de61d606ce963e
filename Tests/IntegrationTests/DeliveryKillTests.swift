import Domain
import Foundation
import Processes
import TestSupport
import Testing

/// SIGKILL of the coordinator at random moments of delivery. `SPARC_DELIVERY_KILLS` sets how often,
/// `SPARC_FAULT_SEED` repeats the moments of an earlier run.
@Suite(.serialized) struct DeliveryKillTests {
    private static let rounds =
        Int(ProcessInfo.processInfo.environment["SPARC_DELIVERY_KILLS"] ?? "") ?? 5
    private static let seed =
        UInt64(ProcessInfo.processInfo.environment["SPARC_FAULT_SEED"] ?? "")
        ?? UInt64.random(in: 1 ... .max)
    /// Messages of a round: as many as the relay takes at a time.
    private static let messages = 4

    @Test func `kills lose no message, and repeats carry the same id`() async throws {
        print("delivery kills: seed \(Self.seed), \(Self.rounds) rounds")
        let coordinator = try await LoneCoordinator()
        let receiver = try await WebhookReceiver()
        // A round's messages take 400 ms, so that most kills hit one under way.
        try receiver.set(.slow)
        do {
            let events = try await killAndRepeat(coordinator, receiver)
            let received = receiver.received
            #expect(Set(received.map(\.id)) == events, "seed \(Self.seed)")
            #expect(received.allSatisfy { $0.isGenuine && $0.message.type == "alert.opened" })
            // What was delivered is not sent again: only a message that a kill hit may repeat.
            #expect(received.count <= events.count + Self.rounds, "seed \(Self.seed)")
            print("delivery kills: \(received.count) requests for \(events.count) messages")
        } catch {
            Issue.record("seed \(Self.seed): \(error)")
        }
        await receiver.stop()
        coordinator.cleanUp()
    }

    /// - Returns: The ids of all events.
    private func killAndRepeat(
        _ coordinator: LoneCoordinator,
        _ receiver: WebhookReceiver
    ) async throws -> Set<String> {
        var random = SeededRandom(seed: Self.seed)
        var events: Set<String> = []
        for round in 0..<Self.rounds {
            let child = try await coordinator.start()
            if round == 0 {
                let viewer = try await Viewer.logIn(coordinator.base, coordinator.client)
                try await receiver.subscribe(viewer)
            }
            for _ in 0..<Self.messages {
                let id = EventID()
                events.insert("\(id)")
                try await coordinator.run(Self.insertion(id))
            }
            // The relay looks every 500 ms.
            try await Task.sleep(for: .milliseconds(Int64.random(in: 0...950, using: &random)))
            child.signal(SIGKILL)
            #expect(await child.waitForExit() == .signalled(SIGKILL))
        }
        // What was under way is held for a minute; nobody waits for that here.
        try await coordinator.run(
            "UPDATE webhook_deliveries SET next_try_at = now() WHERE state = 'pending'"
        )
        let child = try await coordinator.start()
        var left: Int64 = -1
        for _ in 0..<600 where left != 0 {
            try await Task.sleep(for: .milliseconds(100))
            left = try await coordinator.count(
                """
                SELECT (SELECT count(*) FROM outbox)
                    + (SELECT count(*) FROM webhook_deliveries WHERE state <> 'delivered')
                """
            )
        }
        #expect(left == 0, "seed \(Self.seed)")
        let delivered = try await coordinator.count("SELECT count(*) FROM webhook_deliveries")
        #expect(delivered == Int64(events.count), "seed \(Self.seed)")
        _ = await child.stop(grace: .seconds(10))
        return events
    }

    /// An event as the transaction of an alert leaves it.
    private static func insertion(_ id: EventID) -> String {
        """
        BEGIN;
        INSERT INTO events (tenant_id, id, kind, at, data)
            SELECT id, '\(id)', 'alert.opened', now(), '{}' FROM tenants;
        INSERT INTO outbox (tenant_id, event_id) SELECT id, '\(id)' FROM tenants;
        COMMIT
        """
    }
}
