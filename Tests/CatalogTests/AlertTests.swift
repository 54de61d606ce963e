import Catalog
import Database
import Domain
import Testing

/// State, alerts, events and the outbox: one transaction, one tenant, one alert.
struct AlertTests {
    private func raise(
        _ camera: Camera,
        _ fixture: CatalogFixture,
        data: String = "{}"
    ) async throws -> CameraHealthChange {
        try await fixture.catalog.updateHealth(camera.tenant, camera.id) { health in
            guard health.alerts[.cameraDown]?.isProblemPresent != true else {
                return CameraHealthChange()
            }
            let alert = Alert(
                tenant: camera.tenant,
                camera: camera.id,
                kind: .cameraDown,
                reasons: ["offline", "no\u{e9}"],
                openedAt: health.now
            )
            return CameraHealthChange(
                condition: CameraCondition(state: .offline, reasons: ["x"]),
                alerts: [alert],
                events: [
                    Event(
                        kind: .alertOpened,
                        at: health.now,
                        camera: camera.id,
                        alert: alert.id,
                        data: data
                    )
                ]
            )
        }
    }

    @Test func `state, alert, event and outbox are one transaction`() async throws {
        let fixture = try await CatalogFixture.make()
        let camera = try await fixture.camera(fixture.first)
        let tooLong = "\"" + String(repeating: "x", count: 70_000) + "\""
        await #expect(throws: CatalogError.self) {
            try await raise(camera, fixture, data: tooLong)
        }
        for sql: StaticString in [
            "SELECT count(*) FROM alerts", "SELECT count(*) FROM events",
            "SELECT count(*) FROM outbox", "SELECT count(*) FROM camera_conditions",
        ] {
            #expect(try await fixture.count(sql) == 0)
        }
        let change = try await raise(camera, fixture)
        #expect(change.alerts.count == 1)
        #expect(try await fixture.count("SELECT count(*) FROM outbox") == 1)
        let snapshot = try await fixture.catalog.healthSnapshot()
        #expect(snapshot.problems.map(\.kind) == [.cameraDown])
        #expect(snapshot.states.map(\.state) == [.offline])
        #expect(snapshot.streams.count == 2)
        #expect(try await fixture.catalog.relayCounts().openAlerts == 1)
    }

    @Test func `two coordinators at once open one alert`() async throws {
        let fixture = try await CatalogFixture.make()
        let camera = try await fixture.camera(fixture.first)
        let opened = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { try await raise(camera, fixture).alerts.count }
            }
            return try await group.reduce(0, +)
        }
        #expect(opened == 1)
        #expect(try await fixture.count("SELECT count(*) FROM events") == 1)
    }

    @Test func `alerts, events and webhooks of another tenant do not exist`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.first)
        _ = try await raise(camera, fixture)
        let page = try await catalog.alerts(
            fixture.first,
            states: AlertState.allCases,
            after: nil,
            limit: 10
        )
        let alert = try #require(page.alerts.first)
        #expect(alert.reasons == ["offline", "no\u{e9}"])
        #expect(try await catalog.alert(fixture.first, alert.id) == alert)
        #expect(try await catalog.alert(fixture.second, alert.id) == nil)
        let foreign = try await catalog.updateAlert(fixture.second, alert.id) { _, _, _ in
            Issue.record("the alert of another tenant was read")
            return nil
        }
        #expect(foreign == nil)
        #expect(try await catalog.events(fixture.second, after: 0, limit: 10).events.isEmpty)
        #expect(try await catalog.events(fixture.first, after: 0, limit: 10).events.count == 1)
        let hook = WebhookID()
        _ = try await catalog.createWebhook(
            fixture.first,
            id: hook,
            url: "https://127.0.0.1/",
            kinds: EventKind.standard,
            isEnabled: true,
            secret: [1]
        )
        #expect(try await catalog.webhook(fixture.second, hook) == nil)
        #expect(try await catalog.webhooks(fixture.second).isEmpty)
        #expect(try await catalog.removeWebhook(fixture.second, hook) == false)
        let test = Event(kind: .webhookTest, at: WallTime(seconds: 1), data: "{}")
        #expect(try await catalog.sendTest(fixture.second, hook, test) == false)
        let changed = try await catalog.updateWebhook(
            fixture.second,
            hook,
            url: "https://127.0.0.2/",
            kinds: nil,
            isEnabled: nil
        )
        #expect(changed == nil)
        // An event goes to its own tenant's webhooks only.
        let camera2 = try await fixture.camera(fixture.second)
        _ = try await raise(camera2, fixture)
        #expect(try await catalog.relayOutbox() == 2)
        let messages = try await catalog.claimMessages(
            limit: 10,
            perWebhook: 10,
            except: [],
            holding: .seconds(60)
        )
        #expect(messages.map(\.tenant) == [fixture.first])
        #expect(messages.map(\.event.alert) == [alert.id])
    }

    @Test func `a message is held while it is sent, and a webhook is switched off visibly`()
        async throws
    {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.first)
        let hook = WebhookID()
        _ = try await catalog.createWebhook(
            fixture.first,
            id: hook,
            url: "https://127.0.0.1/",
            kinds: [.alertOpened],
            isEnabled: true,
            secret: [1]
        )
        _ = try await raise(camera, fixture)
        _ = try await catalog.relayOutbox()
        func claim() async throws -> [WebhookMessage] {
            try await catalog.claimMessages(
                limit: 10,
                perWebhook: 1,
                except: [],
                holding: .seconds(60)
            )
        }
        let message = try #require(try await claim().first)
        #expect(message.attempt == 1)
        #expect(try await claim().isEmpty)
        try await catalog.finish(
            message,
            .retry(after: 0),
            status: 500,
            error: "the receiver answered 500",
            failureLimit: 86_400_000_000
        )
        var webhook = try #require(try await catalog.webhook(fixture.first, hook))
        #expect(webhook.isEnabled && webhook.failingSince != nil)
        let again = try #require(try await claim().first)
        #expect(again.attempt == 2)
        #expect(again.event.id == message.event.id)
        try await fixture.asSuperuser(
            "UPDATE webhooks SET failing_since = now() - interval '2 days'"
        )
        try await catalog.finish(
            again,
            .retry(after: 0),
            status: nil,
            error: "nothing listens",
            failureLimit: 86_400_000_000
        )
        webhook = try #require(try await catalog.webhook(fixture.first, hook))
        #expect(!webhook.isEnabled)
        #expect(webhook.disabledReason?.contains("nothing listens") == true)
        #expect(try await claim().isEmpty)
        #expect(try await catalog.relayCounts().disabled == 1)
        let on = try await catalog.updateWebhook(
            fixture.first,
            hook,
            url: nil,
            kinds: nil,
            isEnabled: true
        )
        #expect(on?.disabledReason == nil && on?.failingSince == nil)
        let last = try #require(try await claim().first)
        try await catalog.finish(last, .delivered, status: 204, error: nil, failureLimit: 1)
        let log = try await catalog.deliveries(fixture.first, hook, after: nil, limit: 10)
        #expect(log.deliveries.map(\.state) == [.delivered])
        #expect(log.deliveries.map(\.attempts) == [3])
        try await fixture.asSuperuser(
            """
            UPDATE webhook_deliveries SET next_try_at = now() - interval '100 days';
            UPDATE events SET at = now() - interval '100 days'
            """
        )
        try await catalog.pruneEvents(days: 90, limit: 100)
        #expect(try await fixture.count("SELECT count(*) FROM events") == 0)
        #expect(try await catalog.removeWebhook(fixture.first, hook))
    }
}
