import API
import Alerting
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
        /// Ends of pages.
        var cursors: [String] = []

        /// What must not be in an answer to somebody else.
        var secrets: [String] {
            [canary] + ids.filter { $0.key != .tenant }.map(\.value)
        }
    }

    var caller: Organisation
    var victim: Organisation

    static func make(_ bed: TestBed) async throws -> IsolationWorld {
        IsolationWorld(caller: try await organisation(bed), victim: try await organisation(bed))
    }

    private static func organisation(_ bed: TestBed) async throws -> Organisation {
        let member = try await bed.member()
        let tenant = member.tenant
        let canary = "CAN-\("\(tenant)".suffix(12))"
        let site = try await bed.catalog.createSite(tenant, name: "\(canary)-site").id
        let organisation = try await bed.run { api in
            var organisation = Organisation(member: member, canary: canary)
            organisation.ids[.tenant] = "\(tenant)"
            organisation.ids[.user] = "\(member.user)"
            organisation.ids[.site] = "\(site)"
            organisation.ids[.session] = "\(member.session)"
            let camera = try await api.addCamera(
                member,
                name: "\(canary)-camera",
                url: "rtsp://u:\(canary)-pw@10.1.2.3/\(canary)"
            )
            _ = try await api.addCamera(member, name: "\(canary)-second")
            organisation.ids[.camera] = "\(camera)"
            let hook = try await api.post(
                "/api/v1/webhooks",
                member,
                ##"{"url":"https://\##(canary).example.com/","events":["alert.opened"]}"##
            )
            #expect(hook.status == 201)
            organisation.ids[.webhook] = hook.string("id")
            _ = try await api.post("/api/v1/webhooks/\(hook.string("id"))/test", member, "")
            try await raise(bed, tenant, camera)
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
            for name in ["one", "two"] {
                let invited = try await api.post(
                    "/api/v1/users",
                    member,
                    ##"{"email":"\##(canary)-\##(name)@example.com","role":"viewer"}"##
                )
                #expect(invited.status == 201)
            }
            for list in ["cameras?limit=1", "events?limit=1", "users?limit=1"] {
                let next = try await api.get("/api/v1/\(list)", member).string("next")
                if !next.isEmpty { organisation.cursors.append(next) }
            }
            return organisation
        }
        #expect(organisation.ids.count == IsolationEntry.Kind.allCases.count)
        #expect(organisation.ids.values.allSatisfy { !$0.isEmpty })
        return organisation
    }

    private static func raise(
        _ bed: TestBed,
        _ tenant: TenantID,
        _ camera: CameraID
    ) async throws {
        _ = try await bed.catalog.updateHealth(tenant, camera) { health in
            let alert = Alert(
                tenant: tenant,
                camera: camera,
                kind: .cameraDown,
                reasons: ["offline"],
                openedAt: health.now
            )
            let event = AlertEvents.event(
                .alertOpened,
                alert,
                cameraName: health.name,
                at: health.now
            )
            return CameraHealthChange(alerts: [alert], events: [event])
        }
    }

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
