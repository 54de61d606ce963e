import Database
package import Domain
import FoundationEssentials

/// The audit log. Changes of rows are in it by themselves (migration 0013); here is what is read
/// from it, and what leaves no row behind.
extension Catalog {
    /// Adds entries of what changed no row, in one transaction.
    ///
    /// - Parameters:
    ///   - notes: At most a few.
    ///   - actor: Who did it; nil: the task's `AuditTrail`.
    package func note(
        _ tenant: TenantID,
        _ notes: [AuditNote],
        by actor: AuditActor? = nil
    ) async throws(CatalogError) {
        try await asTenant(tenant, .readWrite, by: actor) { session throws(DatabaseError) in
            for note in notes {
                try session.query(
                    """
                    SELECT note_audit($1, jsonb_strip_nulls(
                        jsonb_build_object('kind', $2::text, 'id', $3::text)), $4::text::jsonb)::text
                    """,
                    .text(note.action.rawValue),
                    .text(note.subjectKind),
                    .text(note.subjectID),
                    .text(Self.json(note.details))
                )
            }
        }
    }

    /// A page of the log, the newest first.
    /// - Parameters:
    ///   - before: The position at which the page before ended; nil for the first.
    ///   - limit: 1 to `AuditEntry.limit`; what is outside is cut to that.
    package func auditEntries(
        _ tenant: TenantID,
        _ filter: AuditFilter,
        before: Int64?,
        limit: Int
    ) async throws(CatalogError) -> [AuditEntry] {
        let limit = min(max(1, limit), AuditEntry.limit)
        return try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT e.position, e.body, e.hash, p.email
                FROM audit_entries e LEFT JOIN audit_people p
                    ON p.tenant_id = e.tenant_id AND p.user_id = e.actor_id::uuid
                WHERE e.tenant_id = $1 AND e.position < coalesce($2, 9223372036854775807)
                    AND ($3::text IS NULL OR e.action = $3)
                    AND ($4::text IS NULL OR e.actor_id = $4)
                    AND ($5::text IS NULL OR e.subject_id = $5)
                    AND ($6::bigint IS NULL OR e.at >= $6)
                    AND ($7::bigint IS NULL OR e.at < $7)
                ORDER BY e.position DESC LIMIT $8
                """,
                .id(tenant),
                .int(before),
                .text(filter.action),
                .text(filter.actor),
                .text(filter.subject),
                .int(filter.from?.microseconds),
                .int(filter.to?.microseconds),
                .int(limit)
            ).decode { row throws(DatabaseError) in try Self.auditEntry(&row) }
        }
    }

    /// The chain from a position on, the oldest first: what a check walks along.
    package func auditChain(
        _ tenant: TenantID,
        after position: Int64,
        limit: Int
    ) async throws(CatalogError) -> [AuditEntry] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                """
                SELECT position, body, hash, NULL::text FROM audit_entries
                WHERE tenant_id = $1 AND position > $2 ORDER BY position LIMIT $3
                """,
                .id(tenant),
                .int(position),
                .int(limit)
            ).decode { row throws(DatabaseError) in try Self.auditEntry(&row) }
        }
    }

    /// Position and hash of the last entry; nil before the first.
    package func auditHead(
        _ tenant: TenantID
    ) async throws(CatalogError) -> (position: Int64, hash: [UInt8])? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                "SELECT position, hash FROM audit_heads WHERE tenant_id = $1",
                .id(tenant)
            ).decodeFirst { row throws(DatabaseError) in
                (position: try row.next(Int64.self), hash: try row.next([UInt8].self))
            }
        }
    }

    /// All organisations with a log, those that are gone too; a name of those is empty.
    package func auditLogs() async throws(CatalogError) -> [(id: TenantID, name: String)] {
        try await asPlatform { session throws(DatabaseError) in
            try session.query(
                """
                SELECT h.tenant_id, coalesce(t.name, '') FROM audit_heads h
                    LEFT JOIN tenants t ON t.id = h.tenant_id ORDER BY 1
                """
            ).decode { row throws(DatabaseError) in
                (id: try row.next(TenantID.self), name: try row.next(String.self))
            }
        }
    }

    private static func json(_ words: [String: String]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Words by name always encode.
        return (try? encoder.encode(words)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private static func auditEntry(_ row: inout RowReader) throws(DatabaseError) -> AuditEntry {
        AuditEntry(
            position: try row.next(),
            body: try row.next(),
            hash: try row.next(),
            actorEmail: try row.nextOptional()
        )
    }
}
