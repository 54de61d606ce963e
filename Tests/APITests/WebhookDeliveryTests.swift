import Alerting
import Catalog
import Domain
import Telemetry
import TestSupport
import Testing

/// The relay against a receiver that does what receivers do.
@Suite(.serialized) struct WebhookDeliveryTests {
    @Test(arguments: [
        WebhookReceiver.Mode.fail, .hang, .redirect, .reset, .endless,
    ])
    func `a receiver that fails gets the same message again, signed, until it takes it`(
        _ mode: WebhookReceiver.Mode
    ) async throws {
        let fixture = try await DeliveryFixture.make()
        try fixture.receiver.set(mode)
        let event = try await fixture.send()
        let deadline = mode == .hang ? Duration.milliseconds(400) : .seconds(1)
        let log = try await fixture.relaying(deadline: deadline) {
            let tries = try await fixture.receiver.wait(.seconds(20)) { $0.count >= 2 }
            #expect(tries.count >= 2, "\(mode)")
            let failing = try await fixture.catalog.webhook(fixture.tenant, fixture.webhook)
            #expect(failing?.failingSince != nil)
            try fixture.receiver.set(.accept)
            return try await fixture.settled()
        }
        #expect(log.map(\.state) == [.delivered], "\(mode): \(log)")
        #expect(log.first.map { $0.attempts >= 3 && $0.status == 204 } == true, "\(log)")
        let received = fixture.receiver.received
        #expect(received.allSatisfy { $0.isGenuine })
        #expect(Set(received.map(\.id)) == ["\(event)"])
        // No redirect is followed.
        #expect(received.allSatisfy { $0.path == "/hook" })
        let webhook = try await fixture.catalog.webhook(fixture.tenant, fixture.webhook)
        #expect(webhook?.failingSince == nil && webhook?.isEnabled == true)
        #expect(
            fixture.registry.text().contains(
                #"sparc_webhook_deliveries_total{result="delivered"} 1"#
            )
        )
        await fixture.end()
    }

    /// The clock runs 200 times faster: 10 min are 3 s.
    @Test func `a receiver that answers 500 for 10 min gets every message once it works again`()
        async throws
    {
        let fixture = try await DeliveryFixture.make()
        try fixture.receiver.set(.fail)
        var sent: Set<String> = []
        for _ in 0..<3 { sent.insert("\(try await fixture.send())") }
        let waits = (base: DeliveryPolicy().base / 200, cap: DeliveryPolicy().cap / 200)
        let (failed, log) = try await fixture.relaying(waits: waits) {
            try await Task.sleep(for: .seconds(3))
            let failed = fixture.receiver.received.count
            try fixture.receiver.set(.accept)
            return (failed, try await fixture.settled())
        }
        #expect(log.count == 3 && log.allSatisfy { $0.state == .delivered })
        let received = fixture.receiver.received
        #expect(Set(received.map(\.id)) == sent)
        #expect(failed >= 6 && failed <= 3 * 16, "\(failed) attempts")
        // Once each after the failure; one may have been on its way while the mode changed.
        #expect(received.count <= failed + 4, "\(received.count) after \(failed)")
        await fixture.end()
    }

    @Test func `410 switches the webhook off, and says so`() async throws {
        let fixture = try await DeliveryFixture.make()
        try fixture.receiver.set(.gone)
        _ = try await fixture.send()
        let log = try await fixture.relaying { try await fixture.settled() }
        #expect(log.map(\.state) == [.failed])
        let webhook = try await fixture.catalog.webhook(fixture.tenant, fixture.webhook)
        #expect(webhook?.isEnabled == false)
        #expect(webhook?.disabledReason?.contains("410") == true)
        await fixture.end()
    }

    @Test func `a receiver that hangs holds up no other`() async throws {
        let fixture = try await DeliveryFixture.make()
        let slow = try await WebhookReceiver()
        try slow.set(.hang)
        let hanging = try await fixture.webhook(slow.url)
        for _ in 0..<4 { _ = try await fixture.send(to: hanging) }
        for _ in 0..<8 { _ = try await fixture.send() }
        let log = try await fixture.relaying(deadline: .seconds(10)) {
            try await fixture.settled()
        }
        #expect(log.count == 8 && log.allSatisfy { $0.state == .delivered })
        let waiting = try await fixture.catalog.deliveries(
            fixture.tenant,
            hanging,
            after: nil,
            limit: 10
        )
        #expect(waiting.deliveries.allSatisfy { $0.state == .pending })
        await slow.stop()
        await fixture.end()
    }

    @Test func `this machine is not reached in any spelling unless it is listed`() async throws {
        let fixture = try await DeliveryFixture.make()
        let port = fixture.receiver.port
        let hosts = [
            "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::1]",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "169.254.169.254",
            "10.0.0.1", "[fd00:ec2::254]", "[64:ff9b::7f00:1]",
        ]
        var ids: [(String, WebhookID)] = []
        for host in hosts {
            let id = try await fixture.webhook("http://\(host):\(port)/hook")
            _ = try await fixture.send(to: id)
            ids.append((host, id))
        }
        let added = ids
        try await fixture.relaying(networks: AddressPolicy(allowed: [])) {
            for (host, id) in added {
                var error: String?
                for _ in 0..<1_000 where error == nil {
                    let page = try await fixture.catalog.deliveries(
                        fixture.tenant,
                        id,
                        after: nil,
                        limit: 1
                    )
                    error = page.deliveries.first?.error
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(
                    error?.contains("not in an allowed network") == true,
                    "\(host): \(error ?? "-")"
                )
            }
        }
        #expect(fixture.receiver.received.isEmpty)
        await fixture.end()
    }

    /// The relay ends at 40 moments of its first 60 ms; what it had taken comes back.
    @Test func `nothing is lost when the relay ends anywhere, and repeats carry the same id`()
        async throws
    {
        let fixture = try await DeliveryFixture.make()
        var sent: Set<String> = []
        for round in 0..<40 {
            sent.insert("\(try await fixture.send())")
            try await fixture.relaying {
                try await Task.sleep(for: .milliseconds(round * 7 % 61))
            }
        }
        let log = try await fixture.relaying { try await fixture.settled() }
        #expect(log.count == 40 && log.allSatisfy { $0.state == .delivered })
        let received = fixture.receiver.received
        #expect(Set(received.map(\.id)) == sent)
        #expect(received.allSatisfy { $0.isGenuine })
        print("relay: \(received.count) requests for \(sent.count) messages")
        await fixture.end()
    }
}
