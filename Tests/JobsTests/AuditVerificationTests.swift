import Catalog
import Database
import Domain
import Foundation
import Jobs
import Keys
import ObjectStore
import TestSupport
import Testing

/// What the owner of the database does to an audit log, and that it shows.
struct AuditVerificationTests {
    private static let key = [UInt8](repeating: 7, count: 32)
    /// Edits; the whole number of `reliability.md`, row 36, fits in CI.
    private static let edits = 1_000

    private struct Log: Sendable {
        let fixture: RetentionFixture
        let tenant: TenantID
        let verification: AuditVerification
        let anchoring: AuditAnchoring

        func findings() async throws -> [AuditFinding] {
            try await verification.check(tenant, name: "x").findings
        }
    }

    private func log(entries: Int) async throws -> Log {
        let fixture = try await RetentionFixture.make()
        let tenant = try await fixture.catalog.createTenant(name: "Audited").id
        for index in 1..<entries {
            _ = try await fixture.catalog.createSite(tenant, name: "Site \(index)")
        }
        return Log(
            fixture: fixture,
            tenant: tenant,
            verification: AuditVerification(
                catalog: fixture.catalog,
                store: fixture.store,
                key: Self.key,
                now: WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
            ),
            anchoring: AuditAnchoring(
                catalog: fixture.catalog,
                store: fixture.store,
                key: Self.key,
                now: { WallTime(seconds: 1_800_000_000) }
            )
        )
    }

    @Test func `a thousand edits of entries are all found, and an untouched log is whole`()
        async throws
    {
        let log = try await log(entries: 40)
        #expect(try await log.anchoring.pass() == 1)
        #expect(try await log.findings().isEmpty)
        var random = SeededRandom(seed: 20_261_130)
        var missed: [String] = []
        for _ in 0..<Self.edits {
            let place = Int.random(in: 1...40, using: &random)
            let other = place == 40 ? 39 : place + 1
            let edit =
                switch Int.random(in: 0..<6, using: &random) {
                case 0:
                    "UPDATE audit_entries SET body = replace(body, 'Site', 'site')"
                        + " WHERE tenant_id = t AND position = greatest(2, \(place))"
                case 1: "DELETE FROM audit_entries WHERE tenant_id = t AND position = \(place)"
                case 2:
                    """
                    UPDATE audit_entries SET position = position + 1000
                        WHERE tenant_id = t AND position IN (\(place), \(other));
                    UPDATE audit_entries SET position = CASE position WHEN 1000 + \(place)
                        THEN \(other) ELSE \(place) END WHERE tenant_id = t AND position > 1000
                    """
                case 3: "DELETE FROM audit_entries WHERE tenant_id = t AND position >= \(place)"
                case 4:
                    "UPDATE audit_entries SET hash = set_byte(hash, 5, 255 - get_byte(hash, 5))"
                        + " WHERE tenant_id = t AND position = \(place)"
                default:
                    "INSERT INTO audit_entries (tenant_id, position, body, hash)"
                        + " SELECT t, 41, body, hash FROM audit_entries"
                        + " WHERE tenant_id = t AND position = \(place)"
                }
            try await log.fixture.asSuperuser(
                """
                DROP TABLE IF EXISTS kept;
                CREATE TABLE kept AS SELECT tenant_id, position, body, hash FROM audit_entries;
                DO $$ DECLARE t uuid := '\(log.tenant)'; BEGIN \(edit); END $$
                """
            )
            if try await log.findings().isEmpty { missed.append(edit) }
            try await log.fixture.asSuperuser(
                """
                TRUNCATE audit_entries;
                INSERT INTO audit_entries (tenant_id, position, body, hash) SELECT * FROM kept
                """
            )
        }
        print("audit log: \(Self.edits) edits by the owner, \(missed.count) not found")
        #expect(missed.isEmpty)
        #expect(try await log.findings().isEmpty)
    }

    @Test func `a log that was written anew, with all its hashes, is not what the store says`()
        async throws
    {
        let log = try await log(entries: 20)
        _ = try await log.anchoring.pass()
        try await log.fixture.asSuperuser(
            """
            DO $$
            DECLARE
                e record;
                last bytea := decode(repeat('00', 32), 'hex');
                t uuid := '\(log.tenant)';
            BEGIN
                UPDATE audit_entries SET body = replace(body, 'Site 3', 'Site X')
                    WHERE tenant_id = t;
                FOR e IN SELECT * FROM audit_entries WHERE tenant_id = t ORDER BY position LOOP
                    last := sha256(last || convert_to(e.body, 'UTF8'));
                    UPDATE audit_entries SET hash = last WHERE tenant_id = t
                        AND position = e.position;
                END LOOP;
                UPDATE audit_heads SET hash = last WHERE tenant_id = t;
            END $$
            """
        )
        #expect(try await log.findings().map(\.kind) == [.rewritten])
    }

    @Test func `a log that was cut, head and all, is shorter than the store says`() async throws {
        let log = try await log(entries: 20)
        _ = try await log.anchoring.pass()
        try await log.fixture.asSuperuser(
            """
            DELETE FROM audit_entries WHERE tenant_id = '\(log.tenant)' AND position > 10;
            UPDATE audit_heads h SET position = 10, hash = e.hash FROM audit_entries e
                WHERE h.tenant_id = '\(log.tenant)' AND e.tenant_id = h.tenant_id
                    AND e.position = 10
            """
        )
        #expect(try await log.findings().map(\.kind) == [.cut])
        // And when it has grown again to where it was.
        for index in 0..<15 {
            _ = try await log.fixture.catalog.createSite(log.tenant, name: "New \(index)")
        }
        #expect(try await log.findings().map(\.kind) == [.rewritten])
    }

    @Test func `a log that is gone with its head, or without any anchor, is not whole`()
        async throws
    {
        let log = try await log(entries: 4)
        try FileManager.default.createDirectory(
            atPath: log.fixture.folder + "/store",
            withIntermediateDirectories: true
        )
        let later = AuditVerification(
            catalog: log.fixture.catalog,
            store: log.fixture.store,
            key: Self.key,
            now: WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6) + 10_800_000_000)
        )
        #expect(try await log.findings().isEmpty)
        #expect(try await later.check(log.tenant, name: "x").findings.map(\.kind) == [.unanchored])
        _ = try await log.anchoring.pass()
        try await log.fixture.asSuperuser(
            "DELETE FROM audit_heads WHERE tenant_id = '\(log.tenant)'"
        )
        #expect(try await log.findings().map(\.kind) == [.wrongHead])
        try await log.fixture.asSuperuser(
            "DELETE FROM audit_entries WHERE tenant_id = '\(log.tenant)'"
        )
        // The database knows of no log any more; the store does.
        #expect(try await log.verification.logs().map(\.id) == [log.tenant])
        #expect(try await log.findings().map(\.kind) == [.cut])
    }

    @Test func `an anchor of another key, or of nothing, is none`() async throws {
        let log = try await log(entries: 3)
        let forger = AuditAnchoring(
            catalog: log.fixture.catalog,
            store: log.fixture.store,
            key: [UInt8](repeating: 8, count: 32),
            now: { WallTime(seconds: 1_800_000_000) }
        )
        #expect(try await forger.pass() == 1)
        #expect(try await log.findings().map(\.kind) == [.forgedAnchor])
    }

    @Test func `coordinators anchor one head once, and a log without news not again`() async throws
    {
        let log = try await log(entries: 3)
        let second = AuditAnchoring(
            catalog: log.fixture.catalog,
            store: log.fixture.store,
            key: Self.key,
            now: { WallTime(seconds: 1_800_000_005) }
        )
        #expect(try await log.anchoring.pass() == 1)
        #expect(try await second.pass() == 0)
        #expect(try await log.anchoring.pass() == 0)
        _ = try await log.fixture.catalog.createSite(log.tenant, name: "News")
        #expect(try await second.pass() == 1)
        let report = try await log.verification.check(log.tenant, name: "x")
        #expect(report.findings.isEmpty)
        #expect(report.anchors == 2 && report.anchoredTo == 4 && report.entries == 4)
    }
}
