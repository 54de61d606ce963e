import Catalog
import Database
import Domain
import Testing

/// The audit log as the database writes it.
struct AuditLogTests {
    private func entries(
        _ fixture: CatalogFixture,
        _ tenant: TenantID
    ) async throws -> [AuditEntry] {
        try await fixture.catalog.auditEntries(tenant, AuditFilter(), before: nil, limit: 500)
            .reversed()
    }

    private func person(
        _ fixture: CatalogFixture,
        _ tenant: TenantID,
        email: String = "guard@example.com"
    ) async throws -> User {
        try await fixture.catalog.createUser(
            tenant,
            email: email,
            passwordHash: "$argon2id$secret-hash",
            role: "owner"
        )
    }

    @Test func `every change is an entry, in order, with what was before and after`() async throws {
        let fixture = try await CatalogFixture.make()
        let tenant = fixture.first
        let user = try await person(fixture, tenant)
        let site = try await fixture.catalog.createSite(tenant, name: "Yard")
        _ = try await fixture.catalog.changeSite(tenant, site.id, name: "Gate", timeZone: nil)
        let camera = try await fixture.camera(tenant)
        _ = try await fixture.catalog.removeCamera(tenant, camera.id)
        #expect(try await fixture.catalog.removeSite(tenant, site.id))
        let found = try await entries(fixture, tenant)
        #expect(found.map(\.position) == Array(1...Int64(found.count)))
        let bodies = found.map(\.body)
        let kinds = [
            "tenant.created", "user.created", "site.created", "site.changed", "camera.created",
            "camera_stream.created", "camera_stream.created", "camera.changed", "site.removed",
        ]
        #expect(bodies.count == kinds.count)
        for (body, kind) in zip(bodies, kinds) {
            #expect(body.contains("\"action\": \"\(kind)\""), "\(body)")
            #expect(body.contains("\"tenant\": \"\(tenant)\""))
        }
        #expect(bodies[3].contains(#""before": {"name": "Yard"}"#))
        #expect(bodies[3].contains(#""after": {"name": "Gate"}"#))
        #expect(bodies[7].contains(#""removed_at""#))
        #expect(bodies[8].contains(#""before": {"name": "Gate""#))
        // Neither a secret nor a name: an address can be forgotten, an entry cannot.
        for body in bodies {
            #expect(!body.contains("secret-hash") && !body.contains("guard@"))
            #expect(!body.contains("010203"))
        }
        #expect(bodies[1].contains("\(user.id)"))
        #expect(try await entries(fixture, fixture.second).count == 1)
    }

    @Test func `what is not changed, or rolled back, leaves no entry`() async throws {
        let fixture = try await CatalogFixture.make()
        let tenant = fixture.first
        let site = try await fixture.catalog.createSite(tenant, name: "Yard")
        let before = try await entries(fixture, tenant).count
        _ = try await fixture.catalog.changeSite(tenant, site.id, name: "Yard", timeZone: nil)
        await #expect(throws: CatalogError.self) {
            _ = try await fixture.catalog.createSite(tenant, name: "Yard")
        }
        #expect(try await entries(fixture, tenant).count == before)
    }

    @Test func `an entry says who acts, and without that which role is connected`() async throws {
        let fixture = try await CatalogFixture.make()
        let tenant = fixture.first
        var actor = AuditActor(kind: .person)
        actor.id = UserID()
        actor.address = "192.0.2.7"
        actor.agent = "a\"b\\\n"
        let trail = AuditTrail(actor)
        try await AuditTrail.$current.withValue(trail) {
            _ = try await fixture.catalog.createSite(tenant, name: "One")
        }
        _ = try await fixture.catalog.createSite(tenant, name: "Two")
        let found = try await entries(fixture, tenant).suffix(2).map(\.body)
        #expect(found[0].contains(#""id": "\#(actor.id.map { "\($0)" } ?? "")""#))
        #expect(found[0].contains("192.0.2.7") && found[0].contains(#"a\"b\\\n"#))
        // A connection that was used for somebody is nobody's afterwards.
        #expect(found[1].contains(#""actor": {"kind": "system", "name": "sparc_app"}"#))
        let filter = {
            var filter = AuditFilter()
            filter.actor = actor.id.map { "\($0)" }
            return filter
        }()
        let own = try await fixture.catalog.auditEntries(tenant, filter, before: nil, limit: 10)
        #expect(own.count == 1)
    }

    @Test func `a session is told when it begins and ends, not when its token turns`() async throws
    {
        let fixture = try await CatalogFixture.make()
        let tenant = fixture.first
        let user = try await person(fixture, tenant)
        let id = SessionID()
        _ = try await fixture.catalog.createSession(
            user,
            passwordHash: "$argon2id$secret-hash",
            id: id,
            lifetime: 60,
            address: "",
            agent: ""
        )
        for _ in 0..<3 {
            _ = try await fixture.catalog.updateSession(tenant, id) { session, _, now in
                var changed = session
                changed.generation += 1
                changed.rotatedAt = now
                return (changed, nil, ())
            }
        }
        _ = try await fixture.catalog.endSession(tenant, user.id, id, .loggedOut)
        let told = try await entries(fixture, tenant).map(\.body).filter {
            $0.contains("\"session.")
        }
        #expect(told.count == 2)
        #expect(told[0].contains("session.began") && told[1].contains("session.ended"))
        #expect(told[1].contains(SessionEnd.loggedOut.rawValue))
    }

    @Test func `of many writers at once every change is in the chain, without a hole`() async throws
    {
        let fixture = try await CatalogFixture.make()
        let tenant = fixture.first
        let user = try await person(fixture, tenant)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for index in 0..<50 {
                        _ = try await fixture.catalog.createSite(
                            tenant,
                            name: "Site \(worker) \(index)"
                        )
                    }
                }
            }
            // Rows in another order than the others: whoever holds one waits for the chain last.
            for worker in 0..<2 {
                group.addTask {
                    for _ in 0..<25 {
                        let id = SessionID()
                        _ = try await fixture.catalog.createSession(
                            user,
                            passwordHash: "$argon2id$secret-hash",
                            id: id,
                            lifetime: 60,
                            address: "",
                            agent: "\(worker)"
                        )
                        _ = try await fixture.catalog.endSession(tenant, user.id, id, .ended)
                    }
                }
            }
            try await group.waitForAll()
        }
        let found = try await fixture.catalog.auditChain(tenant, after: 0, limit: 1_000)
        #expect(found.count == 2 + 200 + 100)
        #expect(found.map(\.position) == Array(1...Int64(found.count)))
        let head = try await fixture.catalog.auditHead(tenant)
        #expect(head?.position == Int64(found.count) && head?.hash == found.last?.hash)
    }

    @Test func `nobody but the database's functions writes it, and they take no made up change`()
        async throws
    {
        let fixture = try await CatalogFixture.make()
        let pool = ConnectionPool(
            fixture.owner.connecting(as: "sparc_app", password: "app"),
            size: 1
        )
        let attempts: [StaticString] = [
            "UPDATE audit_entries SET body = '{}'", "DELETE FROM audit_entries",
            "INSERT INTO audit_entries (tenant_id, position, body, hash) SELECT tenant_id, 99, body, hash FROM audit_entries",
            "UPDATE audit_heads SET position = 0", "TRUNCATE audit_entries",
            "DELETE FROM audit_people",
            "SELECT append_audit(gen_random_uuid(), 'x', '{}', '{}')::text",
            "SELECT note_audit('camera.removed', '{}', '{}')::text",
            "SELECT audit_row()::text",
        ]
        for attempt in attempts {
            await #expect(throws: DatabaseError.self, "\(attempt)") {
                try await pool.transaction(.readWrite, tenant: fixture.first) {
                    session throws(DatabaseError) in
                    _ = try session.query(attempt)
                }
            }
        }
        // Nor without a tenant.
        await #expect(throws: DatabaseError.self) {
            try await pool.transaction(.readWrite) { session throws(DatabaseError) in
                _ = try session.query("SELECT note_audit('footage.read', '{}', '{}')::text")
            }
        }
        pool.close()
        #expect(try await entries(fixture, fixture.first).count == 1)
        #expect(try await fixture.findings().isEmpty)
    }
}
