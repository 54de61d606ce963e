import Database
package import Domain

extension Catalog {
    /// Records chunks that a worker gave up: the gap, the holes beside it and an event, all in one
    /// transaction. Idempotent: the same drop again is `recorded` again and adds nothing. One verdict
    /// per drop, in their order.
    ///
    /// 1. The streams are held, so that no epoch and no chunk of theirs changes meanwhile.
    /// 2. A drop is refused if its epoch was not granted to this worker or a value is outside its
    ///    limits. A chunk that has a row is no drop: an offer arrived whose answer was lost.
    /// 3. The drop's own row is added; from then on an offer of the chunk is refused.
    /// 4. The gaps get their final end, and the streams' progress moves on.
    /// 5. What is new is told by an event.
    ///
    /// - Parameter event: Makes the event of a drop from its camera's name and the database's time.
    package func recordDrops(
        _ worker: WorkerID,
        _ drops: [ChunkDrop],
        event: @escaping @Sendable (ChunkDrop, String, WallTime) -> Event
    ) async throws(CatalogError) -> [DropVerdict] {
        guard drops.count <= ChunkDrops.countLimit else {
            throw CatalogError(.invalid, "more than \(ChunkDrops.countLimit) chunks in one request")
        }
        if drops.isEmpty { return [] }
        return try await asPlatform(.readWrite) { session throws(DatabaseError) in
            // 1
            try Self.lockStreams(
                drops.map { ($0.identity.tenant, $0.identity.camera, $0.identity.stream) },
                &session
            )
            // 2
            var verdicts = [DropVerdict](repeating: .refused, count: drops.count)
            let known = try Self.knownDrops(drops, by: worker, &session)
            for drop in known { verdicts[drop.index] = drop.isRegistered ? .registered : .recorded }
            let lost = known.filter { !$0.isRegistered }
            // 3
            let news = try Self.insert(lost.map { drops[$0.index] }, &session)
            // 4
            let gaps = lost.flatMap { Self.gaps(of: drops[$0.index]) }
            try Self.upsert(gaps, isClosed: true, &session)
            try Self.moveProgress(
                lost.map { (drops[$0.index].identity, drops[$0.index].end) },
                &session
            )
            // 5
            let told = lost.filter { news.contains(drops[$0.index].identity) }
            let byTenant = Dictionary(grouping: told) { drops[$0.index].identity.tenant }
            for (tenant, tellings) in byTenant.sorted(by: { $0.key < $1.key }) {
                let events = tellings.map { event(drops[$0.index], $0.cameraName, $0.now) }
                try Self.add(events, tenant, &session)
            }
            return verdicts
        }
    }

    /// A drop of a stream that the worker has or had.
    private struct KnownDrop {
        var index: Int
        var isRegistered: Bool
        var cameraName: String
        var now: WallTime
    }

    private static func knownDrops(
        _ drops: [ChunkDrop],
        by worker: WorkerID,
        _ session: inout Session
    ) throws(DatabaseError) -> [KnownDrop] {
        let rows = try session.query(
            """
            SELECT o.number, EXISTS (SELECT FROM chunks k
                    WHERE k.tenant_id = o.tenant AND k.camera_id = o.camera
                        AND k.stream = o.stream AND k.epoch = o.epoch
                        AND k.sequence = o.sequence),
                c.name, now()
            FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[])
                    WITH ORDINALITY AS o (tenant, camera, stream, epoch, sequence, number)
                JOIN stream_epochs e ON e.tenant_id = o.tenant AND e.camera_id = o.camera
                    AND e.stream = o.stream AND e.epoch = o.epoch AND e.worker_id = $1
                JOIN cameras c ON c.tenant_id = o.tenant AND c.id = o.camera
            ORDER BY o.number
            """,
            .id(worker),
            .array(drops.map { .id($0.identity.tenant) }, of: .uuid),
            .array(drops.map { .id($0.identity.camera) }, of: .uuid),
            .array(drops.map { .text($0.identity.stream.rawValue) }, of: .text),
            .array(drops.map { .int($0.identity.epoch) }, of: .int),
            .array(drops.map { .int($0.identity.sequence) }, of: .int)
        )
        let found = try rows.decode { row throws(DatabaseError) in
            KnownDrop(
                index: try row.next(Int.self) - 1,
                isRegistered: try row.next(),
                cameraName: try row.next(),
                now: try row.next()
            )
        }
        return found.filter { drops.indices.contains($0.index) && isPlausible(drops[$0.index]) }
    }

    /// Whether a drop's values are within the limits of a chunk's.
    private static func isPlausible(_ drop: ChunkDrop) -> Bool {
        let (span, overflow) = drop.end.microseconds.subtractingReportingOverflow(
            drop.start.microseconds
        )
        return drop.identity.sequence > 0 && !overflow && 1...CatalogedChunk.spanLimit ~= span
            && 0...lastMoment ~= drop.start.microseconds && drop.length >= 0
    }

    private static func gaps(of drop: ChunkDrop) -> [StreamGap] {
        let all = drop.besideGaps.filter {
            $0.end > $0.start && 0...lastMoment ~= $0.start.microseconds
                && $0.end.microseconds <= lastMoment
        }
        return (all + [drop.gap]).map {
            StreamGap(
                tenant: drop.identity.tenant,
                camera: drop.identity.camera,
                stream: drop.identity.stream,
                gap: $0
            )
        }
    }

    /// - Returns: Those that were not there.
    private static func insert(
        _ drops: [ChunkDrop],
        _ session: inout Session
    ) throws(DatabaseError) -> Set<ChunkIdentity> {
        if drops.isEmpty { return [] }
        let rows = try session.query(
            """
            INSERT INTO chunk_drops (tenant_id, camera_id, stream, epoch, sequence, start_at,
                end_at, length_bytes)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[],
                $6::timestamptz[], $7::timestamptz[], $8::bigint[])
            ON CONFLICT (tenant_id, camera_id, stream, epoch, sequence) DO NOTHING
            RETURNING tenant_id, camera_id, stream, epoch, sequence
            """,
            .array(drops.map { .id($0.identity.tenant) }, of: .uuid),
            .array(drops.map { .id($0.identity.camera) }, of: .uuid),
            .array(drops.map { .text($0.identity.stream.rawValue) }, of: .text),
            .array(drops.map { .int($0.identity.epoch) }, of: .int),
            .array(drops.map { .int($0.identity.sequence) }, of: .int),
            .array(drops.map { .time($0.start) }, of: .time),
            .array(drops.map { .time($0.end) }, of: .time),
            .array(drops.map { .int($0.length) }, of: .int)
        )
        let added = try rows.decode { row throws(DatabaseError) in
            ChunkIdentity(
                tenant: try row.next(),
                camera: try row.next(),
                stream: try row.nextWord(),
                epoch: try row.next(),
                sequence: try row.next()
            )
        }
        return Set(added)
    }
}
