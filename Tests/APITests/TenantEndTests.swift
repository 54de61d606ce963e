import API
import Catalog
import Database
import Domain
import Jobs
import Synchronization
import Testing

/// The end of an organisation: nothing is left of it, however often its purge was cut off.
struct TenantEndTests {
    private struct Killed: Error {}

    /// What the log of an organisation is kept in.
    private static let log: Set = ["audit_entries", "audit_heads"]

    @Test func `footage keeps a deleted client's rows until retention has deleted it`() async throws
    {
        let bed = try await TestBed.shared()
        let world = try await IsolationWorld.organisation(bed)
        let tenant = world.member.tenant
        try await close(tenant, bed)
        let end = TenantEnd(catalog: bed.catalog)
        #expect(try await bed.catalog.purgeRows(tenant, limit: 1) == nil)
        let before = try await IsolationWorld.snapshot(tenant, bed)
        #expect(try await !end.end(tenant))
        let uses = try await bed.catalog.storeUse(tenant)
        #expect(uses?.quotaBytes == 1)
        var after = try await IsolationWorld.snapshot(tenant, bed)
        for changed in Self.log.union(["tenants"]) { after[changed] = before[changed] }
        #expect(after == before)
        try await bed.asSuperuser("DELETE FROM chunks WHERE tenant_id = '\(tenant)'")
        #expect(try await end.end(tenant))
        #expect(try await end.end(tenant) == false)
    }

    @Test func `an organisation that has clients stays whole`() async throws {
        let bed = try await TestBed.shared()
        let world = try await IsolationWorld.organisation(bed)
        let tenant = world.member.tenant
        try await bed.asSuperuser(
            """
            DELETE FROM chunks WHERE tenant_id = '\(tenant)';
            UPDATE tenants SET state = 'closed', delete_after = now() - interval '1 second'
                WHERE id = '\(tenant)'
            """
        )
        #expect(try await bed.catalog.purgeRows(tenant, limit: 1) == nil)
        #expect(try await bed.catalog.endTenant(tenant) == false)
    }

    @Test func `an active or suspended one, or one in its time of grace, is not touched`()
        async throws
    {
        let bed = try await TestBed.shared()
        let tenant = try await bed.member().tenant
        for state in [
            "state = 'active'", "state = 'suspended'", "state = 'closed'",
            "state = 'closed', delete_after = now() + interval '1 minute'",
        ] {
            try await bed.asSuperuser("UPDATE tenants SET \(state) WHERE id = '\(tenant)'")
            #expect(try await bed.catalog.purgeRows(tenant, limit: 1) == nil, "\(state)")
            #expect(try await !bed.catalog.endTenant(tenant), "\(state)")
        }
    }

    @Test func `a purge killed after each step leaves nothing when it is completed`() async throws {
        let bed = try await TestBed.shared()
        let provider = try await IsolationWorld.organisation(bed)
        let client = try await IsolationWorld.organisation(bed)
        let (member, tenant) = (client.member, client.member.tenant)
        try await fill(client, bed)
        try await close(tenant, of: provider.member.tenant, bed)
        try await bed.asSuperuser("DELETE FROM chunks WHERE tenant_id = '\(tenant)'")
        let rows = try await IsolationWorld.snapshot(tenant, bed)
        for (table, digest) in rows where table != "chunks" {
            #expect(!digest.hasPrefix("0 "), "the test has no row in \(table)")
        }
        let others = try await unchanged(provider, bed)
        let path = "/api/v1/tenants/\(tenant)"
        let shown = try await bed.run { api in try await api.get(path, provider.member).bytes }
        var kills: [TenantEnd.Step: Int] = [:]
        var isOver = false
        for act in 0..<200 where !isOver {
            let step = try await killed(at: act, tenant, bed, kills)
            guard let step else {
                isOver = true
                continue
            }
            kills[step, default: 0] += 1
            // Nobody sees that some of it is gone.
            try await bed.run { api in
                #expect(try await api.get(path, provider.member).bytes == shown)
                let taken = try await api.post(path + "/resume", provider.member, "")
                #expect(taken.status == 409)
                let renamed = try await api.send(
                    "PATCH",
                    path,
                    token: provider.member.token,
                    body: #"{"plan":"other"}"#
                )
                #expect(renamed.status == 409)
                let invited = try await api.post(
                    path + "/owner",
                    provider.member,
                    #"{"email":"new@example.com"}"#
                )
                #expect(invited.status == 409)
                // Refused, and limited after a few.
                let login = try await api.logIn(member)
                #expect([401, 429].contains(login.status))
            }
        }
        let told = kills.sorted { $0.key.rawValue < $1.key.rawValue }
        print("killed before step: \(told.map { "\($0.key.rawValue): \($0.value)" })")
        #expect(isOver && Set(kills.keys) == Set(TenantEnd.Step.allCases))
        try await bed.run { api in
            #expect(try await api.get(path, provider.member).status == 404)
            let log = try await api.get("/api/v1/audit?action=client.removed", provider.member)
            #expect(log.string("items", "0", "subject", "id") == "\(tenant)")
        }
        #expect(Set(try await tables(naming: tenant, bed)) == Self.log)
        #expect(try await unchanged(provider, bed) == others)
    }

    /// Each batch is as small as told, also of what goes with others by cascade.
    @Test func `no transaction deletes more than a batch`() async throws {
        let bed = try await TestBed.shared()
        let tenant = try await bed.member().tenant
        try await bed.asSuperuser(
            """
            INSERT INTO users (tenant_id, email, email_key, password_hash, role)
                SELECT '\(tenant)', n || '@example.com', n || '@example.com', '!', 'viewer'
                FROM generate_series(1, 2000) AS n;
            INSERT INTO idempotency_keys (tenant_id, user_id, principal, key, fingerprint, claim)
                SELECT tenant_id, id, id, k, sha256('x'), gen_random_uuid()
                FROM users CROSS JOIN generate_series(1, 3) AS k WHERE tenant_id = '\(tenant)'
            """
        )
        try await close(tenant, bed)
        var batches: [Int] = []
        while let gone = try await bed.catalog.purgeRows(tenant, limit: 400), gone > 0 {
            batches.append(gone)
        }
        print("batches: \(batches.count) of \(batches.max() ?? 0) at most")
        #expect(batches.allSatisfy { $0 <= 400 } && batches.reduce(0, +) >= 8_000)
        #expect(try await bed.catalog.endTenant(tenant))
    }

    private func close(
        _ tenant: TenantID,
        of provider: TenantID? = nil,
        _ bed: TestBed
    ) async throws {
        // Its own clients refer to it.
        try await bed.asSuperuser(
            """
            UPDATE tenants SET provider_id = NULL WHERE provider_id = '\(tenant)';
            UPDATE tenants SET state = 'closed', delete_after = now() - interval '1 second',
                retention_minimum_days = 3650, is_provider = false,
                provider_id = \(provider.map { "'\($0)'" } ?? "NULL") WHERE id = '\(tenant)'
            """
        )
    }

    /// A round that ends before an act, and before the last step the first time that it is reached;
    /// the step that never came, nil if there was none.
    private func killed(
        at act: Int,
        _ tenant: TenantID,
        _ bed: TestBed,
        _ kills: [TenantEnd.Step: Int]
    ) async throws -> TenantEnd.Step? {
        let left = Mutex(act)
        let last = Mutex<TenantEnd.Step?>(nil)
        let end = TenantEnd(catalog: bed.catalog, batch: 3) { step in
            let isEnd = left.withLock { left in
                left -= 1
                return left < 0 || step == .organisation && kills[.organisation] == nil
            }
            if isEnd {
                last.withLock { $0 = step }
                throw Killed()
            }
        }
        do { #expect(try await end.end(tenant)) } catch is Killed {}
        return last.withLock { $0 }
    }

    /// Rows of what the isolation suite does without.
    private func fill(_ client: IsolationWorld.Organisation, _ bed: TestBed) async throws {
        let (member, tenant) = (client.member, client.member.tenant)
        _ = try await EnrolledMember.make(bed, member)
        try await bed.run { api in
            let kept = try await api.send(
                "POST",
                "/api/v1/sites",
                token: member.token,
                body: #"{"name":"Once"}"#,
                headers: [("Idempotency-Key", "end-1")]
            )
            #expect(kept.status == 201)
            let policy = try await api.send(
                "PUT",
                "/api/v1/login-policy",
                token: member.token,
                body: #"{"second_factor_required":true}"#
            )
            #expect(policy.status == 200)
        }
        let worker = WorkerID()
        let camera = try #require(client.ids[.camera])
        let provider = try #require(client.ids[.identityProvider])
        try await bed.asSuperuser(
            """
            INSERT INTO workers (id, name, edge, highest_epoch)
                VALUES ('\(worker)', 'w', 'http://w', 0);
            INSERT INTO stream_epochs (tenant_id, camera_id, stream, epoch, worker_id)
                VALUES ('\(tenant)', '\(camera)', 'main', 1, '\(worker)') ON CONFLICT DO NOTHING;
            INSERT INTO stream_leases (tenant_id, camera_id, stream, epoch, worker_id)
                VALUES ('\(tenant)', '\(camera)', 'main', 1, '\(worker)') ON CONFLICT DO NOTHING;
            INSERT INTO stream_status (tenant_id, camera_id, stream, worker_id, state, since,
                reasons, backlog_bytes)
                VALUES ('\(tenant)', '\(camera)', 'main', '\(worker)', 'live', now(), '{}', 0)
                ON CONFLICT DO NOTHING;
            INSERT INTO stream_progress (tenant_id, camera_id, stream, recorded_until)
                VALUES ('\(tenant)', '\(camera)', 'main', now()) ON CONFLICT DO NOTHING;
            INSERT INTO camera_conditions (tenant_id, camera_id, state, since, reasons)
                VALUES ('\(tenant)', '\(camera)', 'live', now(), '{}') ON CONFLICT DO NOTHING;
            INSERT INTO chunk_drops (tenant_id, camera_id, stream, epoch, sequence, start_at,
                end_at, length_bytes) VALUES ('\(tenant)', '\(camera)', 'main', 1, 9, now(),
                now() + interval '1 minute', 9);
            INSERT INTO restored_footage (tenant_id, camera_id, is_camera_restored, from_at, to_at,
                chunks) VALUES ('\(tenant)', '\(camera)', false, now(), now() + interval '1 hour', 1);
            INSERT INTO user_identities (tenant_id, provider_id, subject, user_id)
                VALUES ('\(tenant)', '\(provider)', 's', '\(member.user)');
            INSERT INTO provider_logins (tenant_id, id, provider_id, state_hash, browser_hash,
                nonce, code_verifier) VALUES ('\(tenant)', gen_random_uuid(), '\(provider)',
                sha256('x'), sha256('y'), 'n', 'v');
            INSERT INTO outbox (tenant_id, event_id)
                SELECT tenant_id, id FROM events WHERE tenant_id = '\(tenant)' LIMIT 1
                ON CONFLICT DO NOTHING;
            INSERT INTO webhook_deliveries (tenant_id, webhook_id, event_id)
                SELECT w.tenant_id, w.id, e.id FROM webhooks w JOIN events e USING (tenant_id)
                WHERE w.tenant_id = '\(tenant)' ON CONFLICT DO NOTHING
            """
        )
    }

    /// Another organisation's rows, but for its log and what a person's every request changes.
    private func unchanged(
        _ other: IsolationWorld.Organisation,
        _ bed: TestBed
    ) async throws -> [String: String] {
        try await IsolationWorld.snapshot(other.member.tenant, bed).filter {
            !Self.log.contains($0.key) && $0.key != "sessions"
        }
    }

    /// Tables, whatever their columns, with a row in which the organisation's id stands.
    private func tables(naming tenant: TenantID, _ bed: TestBed) async throws -> [String] {
        let connection = try await Connection.open(bed.owner)
        let found = try await connection.run { session throws(DatabaseError) in
            let tables = try session.query(
                """
                SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'sparc' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                """
            ).decode { row throws(DatabaseError) in try row.next(String.self) }
            #expect(tables.count > 30)
            try session.run("CREATE TEMP TABLE named (name text)")
            for table in tables {
                try session.run(
                    """
                    INSERT INTO named SELECT '\(table)' WHERE EXISTS (
                        SELECT FROM \(table) t WHERE strpos(t::text, '\(tenant)') > 0)
                    """
                )
            }
            return try session.query("SELECT name FROM named").decode {
                row throws(DatabaseError) in try row.next(String.self)
            }
        }
        await connection.close()
        return found
    }
}
