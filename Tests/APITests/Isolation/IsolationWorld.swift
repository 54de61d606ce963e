import API
import Catalog
import Database
import Domain
import Testing

/// Two organisations with the same things in them, whose words and ids are all known.
struct IsolationWorld: Sendable {
    /// One organisation: its owner, its ids, and a word that is in every text of it.
    struct Organisation: Sendable {
        var member: Member
        var canary: String
        var ids: [IsolationEntry.Kind: String] = [:]
        /// Ends of pages, by operation.
        var cursors: [String: String] = [:]

        /// What must not be in an answer to somebody else.
        var secrets: [String] {
            [canary, member.tenantName, member.email]
                + ids.filter { $0.key != .tenant }.map(\.value)
        }
    }

    var caller: Organisation
    var victim: Organisation

    static func make(_ bed: TestBed) async throws -> IsolationWorld {
        IsolationWorld(caller: try await organisation(bed), victim: try await organisation(bed))
    }

    static func organisation(_ bed: TestBed) async throws -> Organisation {
        let member = try await bed.member()
        let tenant = member.tenant
        let canary = "CAN-\("\(tenant)".suffix(12))"
        let site = try await bed.catalog.createSite(tenant, name: "\(canary)-site").id
        let organisation = try await bed.run { api in
            var organisation = Organisation(member: member, canary: canary)
            organisation.ids[.tenant] = "\(tenant)"
            organisation.ids[.user] = ""
            organisation.ids[.site] = "\(site)"
            organisation.ids[.session] = "\(member.session)"
            let camera = try await api.addCamera(
                member,
                name: "\(canary)-camera",
                url: "rtsp://u:\(canary)-pw@10.1.2.3/\(canary)"
            )
            let second = try await api.addCamera(member, name: "\(canary)-second")
            organisation.ids[.camera] = "\(camera)"
            try await record(bed, tenant, camera)
            let hook = try await api.post(
                "/api/v1/webhooks",
                member,
                ##"{"url":"https://\##(canary).example.com/","events":["alert.opened"]}"##
            )
            #expect(hook.status == 201)
            organisation.ids[.webhook] = hook.string("id")
            _ = try await api.post("/api/v1/webhooks/\(hook.string("id"))/test", member, "")
            try await bed.raiseAlert(tenant, camera)
            try await bed.raiseAlert(tenant, second)
            let alerts = try await api.get("/api/v1/alerts", member)
            organisation.ids[.alert] = alerts.string("items", "0", "id")
            let events = try await api.get("/api/v1/events", member)
            organisation.ids[.event] = events.string("items", "0", "id")
            let hold = try await api.post(
                "/api/v1/holds",
                member,
                ##"{"camera_id":"\##(camera)","reason":"\##(canary)-case","##
                    + ##""from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}"##
            )
            #expect(hold.status == 201)
            organisation.ids[.hold] = hold.string("id")
            let provider = try await api.post(
                "/api/v1/identity-providers",
                member,
                ##"{"name":"\##(canary)","issuer":"https://\##(canary).example.com","##
                    + ##""client_id":"\##(canary)","client_secret":"\##(canary)-secret","##
                    + ##""email_domains":["\##(canary).example.com"],"enabled":true}"##
            )
            #expect(provider.status == 201, "\(provider.text)")
            organisation.ids[.identityProvider] = provider.string("id")
            let key = try await api.post(
                "/api/v1/api-keys",
                member,
                ##"{"name":"\##(canary)","permissions":["cameras.read"],"expires_in_days":9}"##
            )
            #expect(key.status == 201)
            organisation.ids[.apiKey] = key.string("id")
            for name in ["one", "two"] {
                let invited = try await api.post(
                    "/api/v1/users",
                    member,
                    ##"{"email":"\##(canary)-\##(name)@example.com","role":"viewer"}"##
                )
                #expect(invited.status == 201)
                organisation.ids[.user] = invited.string("user", "id")
            }
            try await addClients(api, bed, &organisation)
            try await addRoles(api, &organisation)
            for list in ["cameras", "users", "alerts", "events", "audit", "tenants", "visits"] {
                let page = try await api.get("/api/v1/\(list)?limit=1", member)
                let next = page.string("next")
                #expect(!next.isEmpty, "\(list)")
                organisation.cursors["GET /api/v1/\(list)"] = next
            }
            return organisation
        }
        #expect(organisation.ids.count == IsolationEntry.Kind.allCases.count)
        #expect(organisation.ids.values.allSatisfy { !$0.isEmpty })
        return organisation
    }

    /// A role of its own, and one at a camera.
    private static func addRoles(
        _ api: APIClient,
        _ organisation: inout Organisation
    ) async throws {
        let (member, canary) = (organisation.member, organisation.canary)
        let role = try await api.post(
            "/api/v1/roles",
            member,
            ##"{"name":"\##(canary)-role","permissions":["cameras.read"]}"##
        )
        #expect(role.status == 201, "\(role.text)")
        organisation.ids[.role] = role.string("role")
        let grant = try await api.post(
            "/api/v1/users/\(organisation.ids[.user] ?? "")/grants",
            member,
            ##"{"role":"operator","camera_id":"\##(organisation.ids[.camera] ?? "")"}"##
        )
        #expect(grant.status == 201, "\(grant.text)")
        organisation.ids[.grant] = grant.string("id")
    }

    /// Clients of it, and visits to it as if it were one itself.
    private static func addClients(
        _ api: APIClient,
        _ bed: TestBed,
        _ organisation: inout Organisation
    ) async throws {
        let (member, canary) = (organisation.member, organisation.canary)
        _ = try await bed.catalog.setProvider(member.tenant, true)
        for name in ["one", "two"] {
            let domain = "\(canary)-\(name).example".lowercased()
            let client = try await api.post(
                "/api/v1/tenants",
                member,
                ##"{"name":"\##(canary)-\##(name)","domain":"\##(domain)"}"##
            )
            #expect(client.status == 201, "\(client.text)")
            organisation.ids[.client] = client.string("tenant", "id")
        }
        for _ in 0..<2 {
            let visit = SessionID()
            organisation.ids[.visit] = "\(visit)"
            try await bed.asSuperuser(
                """
                INSERT INTO visits (tenant_id, id, provider_id, user_id, email, role, reason,
                    home_session, expires_at)
                VALUES ('\(member.tenant)', '\(visit)', gen_random_uuid(), gen_random_uuid(),
                    '\(canary)-visitor@example.com', 'viewer', '\(canary)-reason', gen_random_uuid(),
                    now() + interval '1 hour')
                """
            )
        }
    }

    /// A minute of footage and a gap behind it, at the range that is asked for.
    private static func record(
        _ bed: TestBed,
        _ tenant: TenantID,
        _ camera: CameraID
    ) async throws {
        try await bed.asSuperuser(
            """
            INSERT INTO chunks (tenant_id, camera_id, stream, start_at, epoch, sequence, end_at,
                run_id, media_start_90k, initialization_length, initialization_hash, codecs, width,
                height, length_bytes, sha256, object_key, retention_days, segments)
            SELECT '\(tenant)', '\(camera)', 'main', '2026-01-01T00:10:00Z', 1, 1,
                '2026-01-01T00:11:00Z', gen_random_uuid(), 0, 8, '0123456789abcdef', 'avc1.64001f',
                640, 360, 1000, sha256('x'), 'aa/\(tenant)/\(camera)/1', 30, '\\x\(packed)';
            INSERT INTO gaps (tenant_id, camera_id, stream, start_at, end_at, reason, is_closed)
            VALUES ('\(tenant)', '\(camera)', 'main', '2026-01-01T00:11:00Z',
                '2026-01-01T00:12:00Z', 'camera_offline', true)
            """
        )
    }

    /// One segment of a minute.
    private static let packed: String = {
        let chunk = Chunk(
            identity: ChunkIdentity(
                tenant: TenantID(),
                camera: CameraID(),
                stream: .main,
                epoch: 1,
                sequence: 1
            ),
            run: RunID(),
            start: WallTime(seconds: 1_767_226_200),
            mediaStart: MediaTime(ticks: 0),
            initializationLength: 8,
            initializationHash: "0123456789abcdef",
            codecs: "avc1.64001f",
            width: 640,
            height: 360,
            segments: [
                Segment(
                    start: MediaTime(ticks: 0),
                    duration: MediaTime(seconds: 60),
                    offset: 8,
                    length: 992,
                    isIndependent: true
                )
            ]
        )
        return PackedSegments.pack(chunk).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }()

    /// A digest of every row of an organisation, by table.
    static func snapshot(
        _ tenant: TenantID,
        _ bed: TestBed
    ) async throws -> [String: String] {
        let connection = try await Connection.open(bed.owner)
        let found = try await connection.run { session throws(DatabaseError) in
            let tables = try session.query(
                """
                SELECT c.relname::text, CASE WHEN c.relname = 'tenants' THEN 'id' ELSE 'tenant_id' END
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'sparc' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                    AND (c.relname = 'tenants' OR EXISTS (SELECT FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'))
                ORDER BY 1
                """
            ).decode { row throws(DatabaseError) in
                (name: try row.next(String.self), column: try row.next(String.self))
            }
            // One statement with a constant text: a name is no parameter.
            try session.run(
                """
                CREATE TEMP TABLE IF NOT EXISTS snapshot (name text, digest text);
                DELETE FROM snapshot;
                """
            )
            for (name, column) in tables {
                try session.run(
                    """
                    INSERT INTO snapshot SELECT '\(name)', count(*) || ' ' ||
                        md5(coalesce(string_agg(t::text, ';' ORDER BY t::text), ''))
                    FROM \(name) t WHERE \(column) = '\(tenant)'
                    """
                )
            }
            return try session.query("SELECT name, digest FROM snapshot").decode {
                row throws(DatabaseError) in
                (try row.next(String.self), try row.next(String.self))
            }
        }
        await connection.close()
        return Dictionary(uniqueKeysWithValues: found)
    }
}
