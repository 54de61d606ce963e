import Database
package import Domain

/// The index beside the bucket: what `sparc storage` compares. Changes nothing but the protection
/// of restored footage.
extension Catalog {
    /// Which of the chunks have a row, tombstones included.
    ///
    /// - Parameter identities: At most `restoreLimit`.
    /// - Returns: The rows that are there, in no order.
    package func indexRows(
        of identities: [ChunkIdentity]
    ) async throws(CatalogError) -> [IndexRow] {
        guard identities.count <= Self.restoreLimit else {
            throw CatalogError(.invalid, "more than \(Self.restoreLimit) chunks at once")
        }
        if identities.isEmpty { return [] }
        return try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT k.tenant_id, k.camera_id, k.stream, k.epoch, k.sequence, k.start_at,
                    k.object_key, k.length_bytes, encode(k.sha256, 'hex'),
                    k.tombstoned_at IS NOT NULL
                FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[])
                        AS o (tenant, camera, stream, epoch, sequence)
                    CROSS JOIN LATERAL (SELECT tenant_id, camera_id, stream, epoch, sequence,
                            start_at, object_key, length_bytes, sha256, tombstoned_at
                        FROM chunks k
                        WHERE k.tenant_id = o.tenant AND k.camera_id = o.camera
                            AND k.stream = o.stream AND k.epoch = o.epoch
                            AND k.sequence = o.sequence LIMIT 4) k
                """,
                .array(identities.map { .id($0.tenant) }, of: .uuid),
                .array(identities.map { .id($0.camera) }, of: .uuid),
                .array(identities.map { .text($0.stream.rawValue) }, of: .text),
                .array(identities.map { .int($0.epoch) }, of: .int),
                .array(identities.map { .int($0.sequence) }, of: .int)
            )
            return try rows.decode { row throws(DatabaseError) in try Self.indexRow(&row) }
        }
    }

    /// A page of the rows without tombstone, in the order of stream and time.
    ///
    /// - Parameters:
    ///   - last: The last row of the page before.
    ///   - limit: Most rows of the answer; fewer mean that there are no more.
    package func indexRows(
        after last: IndexRow?,
        limit: Int
    ) async throws(CatalogError) -> [IndexRow] {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT tenant_id, camera_id, stream, epoch, sequence, start_at, object_key,
                    length_bytes, encode(sha256, 'hex'), false
                FROM chunks
                WHERE tombstoned_at IS NULL AND ($1::uuid IS NULL
                    OR (tenant_id, camera_id, stream, start_at, epoch, sequence)
                        > ($1, $2, $3, $4, $5, $6))
                ORDER BY tenant_id, camera_id, stream, start_at, epoch, sequence LIMIT $7
                """,
                .id(last?.identity.tenant),
                .id(last?.identity.camera),
                .text(last?.identity.stream.rawValue),
                .time(last?.start),
                .int(last?.identity.epoch),
                .int(last?.identity.sequence),
                .int(limit)
            )
            return try rows.decode { row throws(DatabaseError) in try Self.indexRow(&row) }
        }
    }

    /// Which of these organisations the catalogue knows, and whether it has footage of any.
    package func indexKnowledge(
        of tenants: [TenantID]
    ) async throws(CatalogError) -> IndexKnowledge {
        try await asPlatform { session throws(DatabaseError) in
            // One statement, so that both are of one moment: another rebuild may be under way. The
            // row without id is there also when no organisation is known.
            let rows = try session.query(
                """
                SELECT o.id, EXISTS (SELECT epoch FROM chunks)
                FROM (SELECT NULL::uuid AS id UNION ALL
                    SELECT id FROM tenants WHERE id = ANY ($1)) o
                """,
                .array(tenants.map { .id($0) }, of: .uuid)
            )
            var knowledge = IndexKnowledge(known: [], hasFootage: false)
            for row in rows {
                if let tenant: TenantID = try row.optional(0) { knowledge.known.insert(tenant) }
                knowledge.hasFootage = try row.value(1)
            }
            return knowledge
        }
    }

    /// Which of these chunks' cameras the catalogue knows, removed ones too.
    package func knownCameras(
        of chunks: [ChunkIdentity]
    ) async throws(CatalogError) -> Set<CameraID> {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT c.id FROM cameras c
                    JOIN unnest($1::uuid[], $2::uuid[]) AS o (tenant, camera)
                        ON c.tenant_id = o.tenant AND c.id = o.camera
                """,
                .array(chunks.map { .id($0.tenant) }, of: .uuid),
                .array(chunks.map { .id($0.camera) }, of: .uuid)
            )
            return Set(try rows.decode { row throws(DatabaseError) in try row.next(CameraID.self) })
        }
    }

    /// Says that the index is being made anew: for some minutes nothing is deleted, by retention or
    /// by the bucket's own rules. Called again for as long as it takes.
    package func markRebuild() async throws(CatalogError) {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            _ = try session.query(
                "UPDATE retention_state SET rebuilding_until = now() + interval '10 minutes'"
            )
        }
    }

    /// Says that it is done. Another rebuild that is under way marks itself anew.
    package func endRebuild() async throws(CatalogError) {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            _ = try session.query("UPDATE retention_state SET rebuilding_until = NULL")
        }
    }

    /// Organisations that have footage, with their names.
    package func tenantsWithFootage() async throws(CatalogError) -> [(TenantID, name: String)] {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT t.id, t.name FROM tenants t
                WHERE EXISTS (SELECT FROM chunks k WHERE k.tenant_id = t.id)
                ORDER BY t.id LIMIT 100000
                """
            )
            return try rows.decode { row throws(DatabaseError) in
                (try row.next(TenantID.self), name: try row.next(String.self))
            }
        }
    }

    /// The protected footage that nobody has released, of one organisation or of all.
    package func protectedFootage(
        _ tenant: TenantID? = nil
    ) async throws(CatalogError) -> [ProtectedFootage] {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT f.tenant_id, t.name, f.camera_id, coalesce(c.name, ''), f.from_at, f.to_at,
                    f.chunks, f.restored_at
                FROM restored_footage f JOIN tenants t ON t.id = f.tenant_id
                    LEFT JOIN cameras c ON c.tenant_id = f.tenant_id AND c.id = f.camera_id
                WHERE f.released_at IS NULL AND ($1::uuid IS NULL OR f.tenant_id = $1)
                ORDER BY f.tenant_id, f.camera_id LIMIT 100000
                """,
                .id(tenant)
            )
            return try rows.decode { row throws(DatabaseError) in
                ProtectedFootage(
                    tenant: try row.next(),
                    tenantName: try row.next(),
                    camera: try row.next(),
                    cameraName: try row.next(),
                    from: try row.next(),
                    to: try row.next(),
                    chunks: try row.next(),
                    restoredAt: try row.next()
                )
            }
        }
    }

    /// Gives restored footage back to retention: from its next run on it is as old as it is.
    ///
    /// - Parameters:
    ///   - tenant: Whose footage.
    ///   - camera: Nil for all cameras.
    /// - Returns: The number of cameras whose footage was protected.
    package func releaseRestored(
        _ tenant: TenantID,
        camera: CameraID? = nil
    ) async throws(CatalogError) -> Int {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.lockRetention(tenant, &session)
            return try session.query(
                """
                UPDATE restored_footage SET released_at = now()
                WHERE tenant_id = $1 AND ($2::uuid IS NULL OR camera_id = $2)
                    AND released_at IS NULL
                """,
                .id(tenant),
                .id(camera)
            ).affected
        }
    }

    private static func indexRow(_ row: inout RowReader) throws(DatabaseError) -> IndexRow {
        IndexRow(
            identity: ChunkIdentity(
                tenant: try row.next(),
                camera: try row.next(),
                stream: try row.nextWord(),
                epoch: try row.next(),
                sequence: try row.next()
            ),
            start: try row.next(),
            key: try row.next(),
            length: try row.next(),
            sha256: try row.next(),
            hasTombstone: try row.next()
        )
    }
}
