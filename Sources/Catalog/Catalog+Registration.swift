import Database
package import Domain

extension Catalog {
    /// Registers stored chunks, each with the gap before it, in one transaction. Idempotent: the
    /// same offer again is `registered` again. One verdict per offer, in their order.
    ///
    /// 1. The streams are held, so that no epoch and no chunk of theirs changes meanwhile.
    /// 2. An offer is refused if its epoch was not granted to this worker, if a chunk of its name
    ///    is there with other bytes or was given up, or if a value is outside its limits.
    /// 3. The rows that are missing are added.
    /// 4. The gaps before them get their final end.
    /// 5. The streams' progress moves on.
    package func registerChunks(
        _ worker: WorkerID,
        _ offers: [ChunkOffer]
    ) async throws(CatalogError) -> [ChunkVerdict] {
        guard offers.count <= ChunkOffers.countLimit else {
            throw CatalogError(.invalid, "more than \(ChunkOffers.countLimit) chunks in one offer")
        }
        if offers.isEmpty { return [] }
        let candidates = offers.enumerated().compactMap {
            ChunkCandidate($0.element, index: $0.offset)
        }
        return try await asPlatform(.readWrite) { session throws(DatabaseError) in
            var verdicts = [ChunkVerdict](repeating: .refused, count: offers.count)
            let identities = candidates.map { $0.sealed.chunk.identity }
            // 1
            try Self.lockStreams(
                identities.map { ($0.tenant, $0.camera, $0.stream) },
                &session
            )
            // 2
            let accepted = try Self.accepted(candidates, by: worker, &session)
            // 3
            try Self.insert(accepted.filter { !$0.isKnown }, &session)
            // 4
            try Self.closeGaps(accepted, &session)
            // 5
            try Self.moveProgress(
                accepted.map { ($0.sealed.chunk.identity, $0.sealed.chunk.end) },
                &session
            )
            for candidate in accepted { verdicts[candidate.index] = .registered }
            return verdicts
        }
    }

    private static func accepted(
        _ candidates: [ChunkCandidate],
        by worker: WorkerID,
        _ session: inout Session
    ) throws(DatabaseError) -> [ChunkCandidate] {
        let identities = candidates.map { $0.sealed.chunk.identity }
        let rows = try session.query(
            """
            SELECT o.number, c.days, k.sha256, k.start_at
            FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[])
                    WITH ORDINALITY AS o (tenant, camera, stream, epoch, sequence, number)
                JOIN stream_epochs e ON e.tenant_id = o.tenant AND e.camera_id = o.camera
                    AND e.stream = o.stream AND e.epoch = o.epoch AND e.worker_id = $1
                JOIN camera_retention c ON c.tenant_id = o.tenant AND c.camera_id = o.camera
                LEFT JOIN LATERAL (SELECT sha256, start_at FROM chunks k
                    WHERE k.tenant_id = o.tenant AND k.camera_id = o.camera
                        AND k.stream = o.stream AND k.epoch = o.epoch AND k.sequence = o.sequence
                    LIMIT 1) k ON true
            WHERE NOT EXISTS (SELECT FROM chunk_drops d
                WHERE d.tenant_id = o.tenant AND d.camera_id = o.camera AND d.stream = o.stream
                    AND d.epoch = o.epoch AND d.sequence = o.sequence)
            ORDER BY o.number
            """,
            .id(worker),
            .array(identities.map { .id($0.tenant) }, of: .uuid),
            .array(identities.map { .id($0.camera) }, of: .uuid),
            .array(identities.map { .text($0.stream.rawValue) }, of: .text),
            .array(identities.map { .int($0.epoch) }, of: .int),
            .array(identities.map { .int($0.sequence) }, of: .int)
        )
        var accepted: [ChunkCandidate] = []
        // Two offers of one name in one request: the first counts, an equal second is the same.
        var seen: [ChunkIdentity: [UInt8]] = [:]
        for row in rows {
            let number: Int = try row.value(0)
            guard candidates.indices.contains(number - 1) else { continue }
            var candidate = candidates[number - 1]
            let identity = candidate.sealed.chunk.identity
            candidate.retentionDays = try row.value(1)
            let stored: [UInt8]? = try row.optional(2)
            let known = stored ?? seen[identity]
            if let known, known != candidate.sha256 { continue }
            candidate.isKnown = known != nil
            seen[identity] = candidate.sha256
            accepted.append(candidate)
        }
        return accepted
    }

    private static func insert(
        _ candidates: [ChunkCandidate],
        _ session: inout Session
    ) throws(DatabaseError) {
        if candidates.isEmpty { return }
        let chunks = candidates.map { $0.sealed.chunk }
        try session.query(
            """
            INSERT INTO chunks (tenant_id, camera_id, stream, start_at, epoch, sequence, end_at,
                run_id, media_start_90k, initialization_length, initialization_hash, codecs, width,
                height, length_bytes, sha256, object_key, retention_days, segments)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[],
                $5::bigint[], $6::bigint[], $7::timestamptz[], $8::uuid[], $9::bigint[],
                $10::bigint[], $11::text[], $12::text[], $13::bigint[], $14::bigint[],
                $15::bigint[], $16::bytea[], $17::text[], $18::bigint[], $19::bytea[])
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
            .array(candidates.map { .int($0.sealed.length) }, of: .int),
            .array(candidates.map { .bytes($0.sha256) }, of: .bytes),
            .array(candidates.map { .text($0.sealed.key) }, of: .text),
            .array(candidates.map { .int($0.retentionDays) }, of: .int),
            .array(candidates.map { .bytes($0.segments) }, of: .bytes)
        )
    }

    private static func closeGaps(
        _ candidates: [ChunkCandidate],
        _ session: inout Session
    ) throws(DatabaseError) {
        let gaps = candidates.compactMap { candidate in
            candidate.gap.map {
                StreamGap(
                    tenant: candidate.sealed.chunk.identity.tenant,
                    camera: candidate.sealed.chunk.identity.camera,
                    stream: candidate.sealed.chunk.identity.stream,
                    gap: $0
                )
            }
        }
        try upsert(gaps, isClosed: true, &session)
    }

    /// 9999-12-31, the last day that everything can print.
    static let lastMoment: Int64 = 253_402_214_400_000_000

    /// Moves streams' progress on to the end of chunks that are settled.
    static func moveProgress(
        _ chunks: [(identity: ChunkIdentity, end: WallTime)],
        _ session: inout Session
    ) throws(DatabaseError) {
        if chunks.isEmpty { return }
        // A stray of a clock that runs ahead by days would hide all that is recorded until then.
        try session.query(
            """
            INSERT INTO stream_progress (tenant_id, camera_id, stream, recorded_until)
            SELECT tenant, camera, stream, max(until)
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])
                AS o (tenant, camera, stream, until)
            WHERE until < now() + interval '5 minutes'
            GROUP BY tenant, camera, stream ORDER BY tenant, camera, stream
            ON CONFLICT (tenant_id, camera_id, stream) DO UPDATE SET
                recorded_until = greatest(stream_progress.recorded_until, excluded.recorded_until)
            """,
            .array(chunks.map { .id($0.identity.tenant) }, of: .uuid),
            .array(chunks.map { .id($0.identity.camera) }, of: .uuid),
            .array(chunks.map { .text($0.identity.stream.rawValue) }, of: .text),
            .array(chunks.map { .time($0.end) }, of: .time)
        )
    }
}
