import Database
import Domain

extension Catalog {
    /// Most chunks of one transaction.
    package static let restoreLimit = 1_000

    /// Makes the rows of chunks that the store has, in one transaction. Idempotent: a row that is
    /// there is compared and never changed.
    ///
    /// Partitions are made before it, in a transaction of their own: the table is locked for a moment
    /// only, and not for as long as the rows take.
    ///
    /// 1. The tenants' retention and the streams are held, so that neither rule nor row changes
    ///    meanwhile.
    /// 2. Organisations, then cameras that are unknown are made; such a camera has no address and is
    ///    not recorded.
    /// 3. Rows that are there are compared.
    /// 4. Partitions, then the rows that are missing are made; what was told of these chunks as given
    ///    up goes, because they play.
    /// 5. Gaps before them are made, and the streams' progress moves on.
    /// 6. The footage is protected from retention until it is released.
    package func restore(
        _ chunks: [RestorableChunk]
    ) async throws(CatalogError) -> RestoreOutcome {
        guard chunks.count <= Self.restoreLimit else {
            throw CatalogError(.invalid, "more than \(Self.restoreLimit) chunks at once")
        }
        var candidates: [RestoreCandidate] = []
        for (index, chunk) in chunks.enumerated() {
            if let candidate = RestoreCandidate(chunk, index: index) {
                candidates.append(candidate)
            }
        }
        let batch = candidates
        try await makePartitions(batch)
        return try await asPlatform(.readWrite) { session throws(DatabaseError) in
            var outcome = RestoreOutcome(
                verdicts: Array(repeating: .invalid, count: chunks.count)
            )
            if batch.isEmpty { return outcome }
            // 1
            for tenant in Set(batch.map(\.tenant)).sorted() {
                try Self.lockRetention(tenant, &session)
            }
            try Self.lockStreams(batch.map { ($0.tenant, $0.camera, $0.stream) }, &session)
            // 2
            outcome.tenants = try Self.restoreTenants(batch, &session)
            let cameras = try Self.restoreCameras(batch, &session)
            outcome.cameras = cameras.count
            // 3
            let missing = try Self.compare(batch, &outcome.verdicts, &session)
            // 4
            if !missing.isEmpty {
                try Self.insertRestored(missing, &session)
                try Self.takeBackDrops(missing, &session)
            }
            // 5
            let indexed = batch.filter {
                [.restored, .present].contains(outcome.verdicts[$0.chunk.index])
            }
            try Self.restoreGaps(indexed, &outcome, &session)
            try Self.moveProgress(
                indexed.map { ($0.chunk.sealed.chunk.identity, $0.chunk.sealed.chunk.end) },
                &session
            )
            // 6
            if !missing.isEmpty { try Self.protect(missing, madeCameras: cameras, &session) }
            return outcome
        }
    }

    private static func restoreTenants(
        _ batch: [RestoreCandidate],
        _ session: inout Session
    ) throws(DatabaseError) -> Int {
        let tenants = Set(batch.map(\.tenant)).sorted()
        return try session.query(
            """
            INSERT INTO tenants (id, name)
            SELECT o.id, o.name FROM unnest($1::uuid[], $2::text[]) AS o (id, name)
            WHERE NOT EXISTS (SELECT FROM tenants t WHERE t.id = o.id)
            ON CONFLICT (id) DO NOTHING
            """,
            .array(tenants.map { .id($0) }, of: .uuid),
            .array(tenants.map { .text(RestoredName.tenant($0)) }, of: .text)
        ).affected
    }

    /// The cameras that were made.
    private static func restoreCameras(
        _ batch: [RestoreCandidate],
        _ session: inout Session
    ) throws(DatabaseError) -> Set<CameraName> {
        let cameras = Set(batch.map(\.name)).sorted()
        let rows = try session.query(
            """
            INSERT INTO cameras (tenant_id, id, name, transport, retention_days, removed_at)
            SELECT o.tenant, o.camera, o.name, 'tcp', 1, now()
            FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS o (tenant, camera, name)
            WHERE NOT EXISTS (SELECT FROM cameras c
                WHERE c.tenant_id = o.tenant AND c.id = o.camera)
            ON CONFLICT (tenant_id, id) DO NOTHING
            RETURNING tenant_id, id
            """,
            .array(cameras.map { .id($0.tenant) }, of: .uuid),
            .array(cameras.map { .id($0.camera) }, of: .uuid),
            .array(cameras.map { .text(RestoredName.camera($0.camera)) }, of: .text)
        )
        return Set(
            try rows.decode { row throws(DatabaseError) in
                CameraName(tenant: try row.next(), camera: try row.next())
            }
        )
    }

    /// The chunks without a row; the verdicts of the others are set. Of two of one name the first
    /// counts.
    private static func compare(
        _ batch: [RestoreCandidate],
        _ verdicts: inout [RestoreVerdict],
        _ session: inout Session
    ) throws(DatabaseError) -> [RestoreCandidate] {
        let rows = try session.query(
            """
            SELECT k.tenant_id, k.camera_id, k.stream, k.epoch, k.sequence, k.run_id, k.start_at,
                k.media_start_90k, k.initialization_length, k.initialization_hash, k.codecs,
                k.width, k.height, k.segments, encode(k.sha256, 'hex'), k.length_bytes,
                k.object_key, k.retention_days, k.end_at, o.number
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[])
                    WITH ORDINALITY AS o (tenant, camera, stream, epoch, sequence, number)
                CROSS JOIN LATERAL (SELECT tenant_id, camera_id, stream, epoch, sequence, run_id,
                        start_at, media_start_90k, initialization_length, initialization_hash,
                        codecs, width, height, segments, sha256, length_bytes, object_key,
                        retention_days, end_at
                    FROM chunks
                    WHERE tenant_id = o.tenant AND camera_id = o.camera AND stream = o.stream
                        AND epoch = o.epoch AND sequence = o.sequence LIMIT 1) k
            """,
            .array(batch.map { .id($0.tenant) }, of: .uuid),
            .array(batch.map { .id($0.camera) }, of: .uuid),
            .array(batch.map { .text($0.stream.rawValue) }, of: .text),
            .array(batch.map { .int($0.chunk.sealed.chunk.identity.epoch) }, of: .int),
            .array(batch.map { .int($0.chunk.sealed.chunk.identity.sequence) }, of: .int)
        )
        var known: Set<Int> = []
        for row in rows {
            let number: Int = try row.value(19)
            guard batch.indices.contains(number - 1) else { continue }
            let candidate = batch[number - 1]
            known.insert(number - 1)
            let end: WallTime = try row.value(18)
            var reader = row.reader
            let stored = try? Self.chunk(&reader)
            let columns = differences(candidate, stored, end: end)
            verdicts[candidate.chunk.index] = columns.isEmpty ? .present : .differs(columns)
        }
        var seen: Set<ChunkIdentity> = []
        var missing: [RestoreCandidate] = []
        for (index, candidate) in batch.enumerated() where !known.contains(index) {
            let isFirst = seen.insert(candidate.chunk.sealed.chunk.identity).inserted
            verdicts[candidate.chunk.index] = isFirst ? .restored : .differs(["object_key"])
            if isFirst { missing.append(candidate) }
        }
        return missing
    }

    /// Names of the columns in which the row is not what the object says; a row that cannot be
    /// read has damaged segments. Retention is left out: a rule that was changed since is right.
    private static func differences(
        _ candidate: RestoreCandidate,
        _ row: CatalogedChunk?,
        end: WallTime
    ) -> [String] {
        guard let row else { return ["segments"] }
        let (ours, theirs) = (candidate.chunk.sealed, row.sealed)
        let checks: [(String, Bool)] = [
            ("start_at", ours.chunk.start == theirs.chunk.start),
            ("end_at", ours.chunk.end == end), ("run_id", ours.chunk.run == theirs.chunk.run),
            ("media_start_90k", ours.chunk.mediaStart == theirs.chunk.mediaStart),
            (
                "initialization_length",
                ours.chunk.initializationLength == theirs.chunk.initializationLength
            ),
            (
                "initialization_hash",
                ours.chunk.initializationHash == theirs.chunk.initializationHash
            ),
            ("codecs", ours.chunk.codecs == theirs.chunk.codecs),
            ("width", ours.chunk.width == theirs.chunk.width),
            ("height", ours.chunk.height == theirs.chunk.height),
            ("length_bytes", ours.length == theirs.length),
            ("sha256", ours.sha256 == theirs.sha256),
            ("object_key", ours.key == row.key),
            ("segments", ours.chunk.segments == theirs.chunk.segments),
        ]
        return checks.filter { !$0.1 }.map(\.0)
    }

    private func makePartitions(_ batch: [RestoreCandidate]) async throws(CatalogError) {
        if batch.isEmpty { return }
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try Self.makePartitions(batch, &session)
        }
    }

    private static func makePartitions(
        _ batch: [RestoreCandidate],
        _ session: inout Session
    ) throws(DatabaseError) {
        let days = Set(batch.map(\.chunk.sealed.chunk.start.day)).sorted()
        try session.query(
            "SELECT make_restored_partitions($1)",
            .array(days.map { .time($0.start) }, of: .time)
        )
    }

    private static func insertRestored(
        _ missing: [RestoreCandidate],
        _ session: inout Session
    ) throws(DatabaseError) {
        let chunks = missing.map { $0.chunk.sealed.chunk }
        // One that was empty may be gone again.
        try makePartitions(missing, &session)
        try session.query(
            """
            INSERT INTO chunks (tenant_id, camera_id, stream, start_at, epoch, sequence, end_at,
                run_id, media_start_90k, initialization_length, initialization_hash, codecs, width,
                height, length_bytes, sha256, object_key, retention_days, segments, registered_at)
            SELECT o.tenant, o.camera, o.stream, o.start_at, o.epoch, o.sequence, o.end_at, o.run,
                o.media_start, o.map_length, o.map_hash, o.codecs, o.width, o.height, o.length,
                o.sha256, o.key, o.days, o.segments, least(now(), coalesce(o.stored_at, now()))
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[],
                $5::bigint[], $6::bigint[], $7::timestamptz[], $8::uuid[], $9::bigint[],
                $10::bigint[], $11::text[], $12::text[], $13::bigint[], $14::bigint[],
                $15::bigint[], $16::bytea[], $17::text[], $18::bigint[], $19::bytea[],
                $20::timestamptz[]) AS o (tenant, camera, stream, start_at, epoch, sequence,
                end_at, run, media_start, map_length, map_hash, codecs, width, height, length,
                sha256, key, days, segments, stored_at)
            """,
            .array(chunks.map { .id($0.identity.tenant) }, of: .uuid),
            .array(chunks.map { .id($0.identity.camera) }, of: .uuid),
            .array(chunks.map { .text($0.identity.stream.rawValue) }, of: .text),
            .array(chunks.map { .time($0.start) }, of: .time),
            .array(chunks.map { .int($0.identity.epoch) }, of: .int),
            .array(chunks.map { .int($0.identity.sequence) }, of: .int),
            .array(chunks.map { .time($0.end) }, of: .time),
            .array(chunks.map { .id($0.run) }, of: .uuid),
            .array(chunks.map { .int($0.mediaStart.ticks) }, of: .int),
            .array(chunks.map { .int($0.initializationLength) }, of: .int),
            .array(chunks.map { .text($0.initializationHash) }, of: .text),
            .array(chunks.map { .text($0.codecs) }, of: .text),
            .array(chunks.map { .int($0.width) }, of: .int),
            .array(chunks.map { .int($0.height) }, of: .int),
            .array(missing.map { .int($0.chunk.sealed.length) }, of: .int),
            .array(missing.map { .bytes($0.chunk.sha256) }, of: .bytes),
            .array(missing.map { .text($0.chunk.sealed.key) }, of: .text),
            .array(missing.map { .int($0.chunk.retentionDays) }, of: .int),
            .array(missing.map { .bytes($0.chunk.segments) }, of: .bytes),
            .array(missing.map { .time($0.storedAt) }, of: .time)
        )
    }

    /// A worker whose put arrived and whose answer was lost may have given up the chunk later.
    private static func takeBackDrops(
        _ missing: [RestoreCandidate],
        _ session: inout Session
    ) throws(DatabaseError) {
        let identities = missing.map(\.chunk.sealed.chunk.identity)
        try session.query(
            """
            WITH gone AS (
                DELETE FROM chunk_drops d
                USING unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[])
                    AS o (tenant, camera, stream, epoch, sequence)
                WHERE d.tenant_id = o.tenant AND d.camera_id = o.camera AND d.stream = o.stream
                    AND d.epoch = o.epoch AND d.sequence = o.sequence
                RETURNING d.tenant_id, d.camera_id, d.stream, d.start_at, d.end_at)
            DELETE FROM gaps g USING gone
            WHERE g.tenant_id = gone.tenant_id AND g.camera_id = gone.camera_id
                AND g.stream = gone.stream AND g.start_at = gone.start_at
                AND g.end_at = gone.end_at AND g.reason = 'disk_full'
            """,
            .array(identities.map { .id($0.tenant) }, of: .uuid),
            .array(identities.map { .id($0.camera) }, of: .uuid),
            .array(identities.map { .text($0.stream.rawValue) }, of: .text),
            .array(identities.map { .int($0.epoch) }, of: .int),
            .array(identities.map { .int($0.sequence) }, of: .int)
        )
    }

    private static func restoreGaps(
        _ batch: [RestoreCandidate],
        _ outcome: inout RestoreOutcome,
        _ session: inout Session
    ) throws(DatabaseError) {
        let gaps = batch.compactMap { candidate in
            candidate.chunk.gap.map { (candidate: candidate, gap: $0) }
        }
        if gaps.isEmpty { return }
        let parameters: [SQLValue] = [
            .array(gaps.map { .id($0.candidate.tenant) }, of: .uuid),
            .array(gaps.map { .id($0.candidate.camera) }, of: .uuid),
            .array(gaps.map { .text($0.candidate.stream.rawValue) }, of: .text),
            .array(gaps.map { .time($0.gap.start) }, of: .time),
            .array(gaps.map { .time($0.gap.end) }, of: .time),
            .array(gaps.map { .text($0.gap.reason.rawValue) }, of: .text),
        ]
        outcome.gaps = try session.query(
            """
            INSERT INTO gaps (tenant_id, camera_id, stream, start_at, end_at, reason, is_closed)
            SELECT o.*, true FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[],
                $5::timestamptz[], $6::text[]) AS o
            ON CONFLICT (tenant_id, camera_id, stream, start_at) DO NOTHING
            """,
            parameters[0],
            parameters[1],
            parameters[2],
            parameters[3],
            parameters[4],
            parameters[5]
        ).affected
        let differing = try session.query(
            """
            SELECT count(*) FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[],
                    $5::timestamptz[], $6::text[])
                    AS o (tenant, camera, stream, start_at, end_at, reason)
                JOIN gaps g ON g.tenant_id = o.tenant AND g.camera_id = o.camera
                    AND g.stream = o.stream AND g.start_at = o.start_at
            WHERE (g.end_at, g.reason, g.is_closed) IS DISTINCT FROM (o.end_at, o.reason, true)
            """,
            parameters[0],
            parameters[1],
            parameters[2],
            parameters[3],
            parameters[4],
            parameters[5]
        )
        outcome.differingGaps = try differing.first?.value(0) ?? 0
    }

    /// Widens the protected span of each camera by what came back now; one that was released
    /// begins anew. A restored camera's rule becomes the longest that its footage tells of.
    private static func protect(
        _ missing: [RestoreCandidate],
        madeCameras: Set<CameraName>,
        _ session: inout Session
    ) throws(DatabaseError) {
        let shares = Dictionary(grouping: missing, by: \.name).sorted { $0.key < $1.key }
        let names: [SQLValue] = [
            .array(shares.map { .id($0.key.tenant) }, of: .uuid),
            .array(shares.map { .id($0.key.camera) }, of: .uuid),
        ]
        try session.query(
            """
            INSERT INTO restored_footage AS f (tenant_id, camera_id, is_camera_restored, from_at,
                to_at, chunks)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bool[], $4::timestamptz[],
                $5::timestamptz[], $6::bigint[])
            ON CONFLICT (tenant_id, camera_id) DO UPDATE SET
                is_camera_restored = f.is_camera_restored OR excluded.is_camera_restored,
                from_at = CASE WHEN f.released_at IS NULL THEN least(f.from_at, excluded.from_at)
                    ELSE excluded.from_at END,
                to_at = CASE WHEN f.released_at IS NULL THEN greatest(f.to_at, excluded.to_at)
                    ELSE excluded.to_at END,
                chunks = CASE WHEN f.released_at IS NULL THEN f.chunks ELSE 0 END
                    + excluded.chunks,
                restored_at = now(), released_at = NULL
            """,
            names[0],
            names[1],
            .array(shares.map { .bool(madeCameras.contains($0.key)) }, of: .bool),
            .array(shares.map { .time($0.value.map(\.from).min()) }, of: .time),
            .array(shares.map { .time($0.value.map(\.to).max()) }, of: .time),
            .array(shares.map { .int($0.value.count) }, of: .int)
        )
        try restoreStreams(missing, &session)
        try session.query(
            """
            UPDATE cameras c SET retention_days = greatest(c.retention_days, o.days)
            FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS o (tenant, camera, days)
            WHERE c.tenant_id = o.tenant AND c.id = o.camera AND c.retention_days < o.days
            """,
            names[0],
            names[1],
            .array(
                shares.map { .int($0.value.map(\.chunk.retentionDays).max() ?? 1) },
                of: .int
            )
        )
    }

    /// The streams of restored cameras, without an address.
    private static func restoreStreams(
        _ missing: [RestoreCandidate],
        _ session: inout Session
    ) throws(DatabaseError) {
        let streams = Dictionary(grouping: missing, by: \.stream).flatMap { stream, candidates in
            Set(candidates.map(\.name)).map { (name: $0, stream: stream.rawValue) }
        }.sorted { ($0.name, $0.stream) < ($1.name, $1.stream) }
        try session.query(
            """
            INSERT INTO camera_streams (tenant_id, camera_id, stream, url)
            SELECT o.tenant, o.camera, o.stream, ''
            FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS o (tenant, camera, stream)
                JOIN restored_footage f ON f.tenant_id = o.tenant AND f.camera_id = o.camera
                JOIN cameras c ON c.tenant_id = o.tenant AND c.id = o.camera
            WHERE f.is_camera_restored AND c.removed_at IS NOT NULL
            ON CONFLICT (tenant_id, camera_id, stream) DO NOTHING
            """,
            .array(streams.map { .id($0.name.tenant) }, of: .uuid),
            .array(streams.map { .id($0.name.camera) }, of: .uuid),
            .array(streams.map { .text($0.stream) }, of: .text)
        )
    }
}
