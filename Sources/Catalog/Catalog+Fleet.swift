import Database
package import Domain

extension Catalog {
    /// Seconds without a report after which a stream no longer counts as active.
    private static let reportLifetime: Int64 = 10
    /// Seconds around a lease in which its worker may have recorded: until it learned of the end,
    /// and by a clock that differs.
    private static let handover: Int64 = 600
    /// Most streams and workers that one answer lists; far above what one coordinator serves.
    private static let fleetLimit = 100_000

    /// Adds a worker, or takes its new name and address.
    package func registerWorker(
        _ registration: WorkerRegistration
    ) async throws(CatalogError) {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            _ = try session.query(
                """
                INSERT INTO workers (id, name, edge, highest_epoch) VALUES ($1, $2, $3, $4)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, edge = excluded.edge,
                    highest_epoch = greatest(workers.highest_epoch, excluded.highest_epoch),
                    registered_at = now(), seen_at = now()
                """,
                .id(registration.worker),
                .text(registration.name),
                .text(registration.edge),
                .int(registration.highestEpoch)
            )
        }
    }

    package func worker(_ worker: WorkerID) async throws(CatalogError) -> WorkerRecord? {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                "SELECT id, name, edge, registered_at, seen_at FROM workers WHERE id = $1",
                .id(worker)
            )
            return try rows.decodeFirst { row throws(DatabaseError) in try Self.worker(&row) }
        }
    }

    /// All workers, the one seen last first.
    package func workers() async throws(CatalogError) -> [WorkerRecord] {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT id, name, edge, registered_at, seen_at FROM workers
                ORDER BY seen_at DESC, id LIMIT $1
                """,
                .int(Self.fleetLimit)
            )
            return try rows.decode { row throws(DatabaseError) in try Self.worker(&row) }
        }
    }

    /// The worker that records a stream; nil while none does.
    package func worker(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole
    ) async throws(CatalogError) -> WorkerRecord? {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT w.id, w.name, w.edge, w.registered_at, w.seen_at
                FROM stream_leases l JOIN workers w ON w.id = l.worker_id
                WHERE l.tenant_id = $1 AND l.camera_id = $2 AND l.stream = $3
                """,
                .id(tenant),
                .id(camera),
                .text(stream.rawValue)
            )
            return try rows.decodeFirst { row throws(DatabaseError) in try Self.worker(&row) }
        }
    }

    /// The workers that had a stream at some time of a range, the last one first: what they recorded
    /// then may still be in their spools alone.
    ///
    /// - Parameter limit: Of the answer.
    package func workers(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole,
        from: WallTime,
        to: WallTime,
        limit: Int
    ) async throws(CatalogError) -> [WorkerRecord] {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT w.id, w.name, w.edge, w.registered_at, w.seen_at
                FROM (SELECT worker_id, max(epoch) AS newest
                    FROM (SELECT worker_id, epoch, granted_at,
                            lead(granted_at) OVER (ORDER BY epoch) AS next
                        FROM stream_epochs
                        WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3) grants
                    WHERE granted_at < $5 + $7 * interval '1 second'
                        AND (next IS NULL OR next > $4 - $7 * interval '1 second')
                    GROUP BY worker_id) had
                    JOIN workers w ON w.id = had.worker_id
                ORDER BY had.newest DESC LIMIT $6
                """,
                .id(tenant),
                .id(camera),
                .text(stream.rawValue),
                .time(from),
                .time(to),
                .int(Int64(limit)),
                .double(Double(Self.handover))
            )
            return try rows.decode { row throws(DatabaseError) in try Self.worker(&row) }
        }
    }

    /// The worker that a chunk's epoch was granted to.
    package func worker(
        granted identity: ChunkIdentity
    ) async throws(CatalogError) -> WorkerRecord? {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT w.id, w.name, w.edge, w.registered_at, w.seen_at
                FROM stream_epochs e JOIN workers w ON w.id = e.worker_id
                WHERE e.tenant_id = $1 AND e.camera_id = $2 AND e.stream = $3 AND e.epoch = $4
                """,
                .id(identity.tenant),
                .id(identity.camera),
                .text(identity.stream.rawValue),
                .int(identity.epoch)
            )
            return try rows.decodeFirst { row throws(DatabaseError) in try Self.worker(&row) }
        }
    }

    /// Every stream of every camera that is not removed.
    package func streamsToRecord() async throws(CatalogError) -> [StreamToRecord] {
        try await streams(of: nil)
    }

    /// The streams whose lease a worker has; those of removed cameras no more.
    package func assignments(
        _ worker: WorkerID
    ) async throws(CatalogError) -> [StreamToRecord] {
        try await streams(of: worker)
    }

    /// Gives a stream to a worker under a new epoch, above every epoch of the stream, that of its
    /// footage too (of a restored index the grants are lost), and above the highest that the
    /// worker's spool has seen.
    ///
    /// `notFound`: no such worker, no such stream, its camera was removed, or the lease is not what
    /// it was when the grant was decided: another coordinator or request was first.
    package func grant(
        _ worker: WorkerID,
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole,
        replacing condition: LeaseCondition = .any
    ) async throws(CatalogError) -> Int64 {
        let epoch = try await asPlatform(.readWrite) { session throws(DatabaseError) -> Int64? in
            try Self.lockStreams([(tenant, camera, stream)], &session)
            // The lock is held by every grant, so what is read here holds to the end.
            guard try Self.holds(condition, tenant, camera, stream, &session) else { return nil }
            let rows = try session.query(
                """
                INSERT INTO stream_epochs (tenant_id, camera_id, stream, worker_id, epoch)
                SELECT s.tenant_id, s.camera_id, s.stream, w.id, greatest(w.highest_epoch,
                    (SELECT coalesce(max(e.epoch), 0) FROM stream_epochs e
                     WHERE e.tenant_id = $2 AND e.camera_id = $3 AND e.stream = $4),
                    (SELECT coalesce(max(k.epoch), 0) FROM chunks k
                     WHERE k.tenant_id = $2 AND k.camera_id = $3 AND k.stream = $4)) + 1
                FROM workers w, camera_streams s
                    JOIN cameras c ON c.tenant_id = s.tenant_id AND c.id = s.camera_id
                WHERE w.id = $1 AND s.tenant_id = $2 AND s.camera_id = $3 AND s.stream = $4
                    AND c.removed_at IS NULL
                RETURNING epoch
                """,
                .id(worker),
                .id(tenant),
                .id(camera),
                .text(stream.rawValue)
            )
            guard let epoch = try rows.first?.value(0, as: Int64.self) else { return nil }
            try session.query(
                """
                INSERT INTO stream_leases (tenant_id, camera_id, stream, epoch, worker_id)
                VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (tenant_id, camera_id, stream) DO UPDATE SET
                    epoch = excluded.epoch, worker_id = excluded.worker_id, granted_at = now()
                """,
                .id(tenant),
                .id(camera),
                .text(stream.rawValue),
                .int(epoch),
                .id(worker)
            )
            return epoch
        }
        guard let epoch else {
            throw CatalogError(
                .notFound,
                "there is no such worker or no such stream to record, or it has another lease now"
            )
        }
        return epoch
    }

    private static func holds(
        _ condition: LeaseCondition,
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole,
        _ session: inout Session
    ) throws(DatabaseError) -> Bool {
        if condition == .any { return true }
        let rows = try session.query(
            """
            SELECT epoch FROM stream_leases
            WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3
            """,
            .id(tenant),
            .id(camera),
            .text(stream.rawValue)
        )
        return condition == LeaseCondition(epoch: try rows.first?.value(0, as: Int64.self))
    }

    /// Takes a stream from its worker. Chunks of its epoch are still registered.
    package func release(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole
    ) async throws(CatalogError) {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            _ = try session.query(
                """
                DELETE FROM stream_leases
                WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3
                """,
                .id(tenant),
                .id(camera),
                .text(stream.rawValue)
            )
        }
    }

    /// How many streams there should be, and how many deliver pictures by their last report.
    package func fleetCounts() async throws(CatalogError) -> FleetCounts {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT count(*), count(*) FILTER (WHERE r.state IN ('live', 'degraded')
                    AND r.reported_at > now() - $1 * interval '1 second')
                FROM camera_streams s
                    JOIN cameras c ON c.tenant_id = s.tenant_id AND c.id = s.camera_id
                    LEFT JOIN stream_status r ON r.tenant_id = s.tenant_id
                        AND r.camera_id = s.camera_id AND r.stream = s.stream
                WHERE c.removed_at IS NULL
                    AND EXISTS (SELECT FROM tenants t WHERE t.id = s.tenant_id
                        AND t.state <> 'closed')
                """,
                .double(Double(Self.reportLifetime))
            )
            let counts = try rows.decodeFirst { row throws(DatabaseError) in
                FleetCounts(expected: try row.next(), active: try row.next())
            }
            return counts ?? FleetCounts(expected: 0, active: 0)
        }
    }

    /// Makes the partitions of yesterday to 14 days ahead that are missing.
    /// Run at start and hourly.
    package func ensurePartitions() async throws(CatalogError) {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            _ = try session.query("SELECT ensure_partitions()")
        }
    }

    /// Holds streams until the transaction ends, in one order for all, so that two transactions
    /// never wait for each other.
    static func lockStreams(
        _ streams: [(tenant: TenantID, camera: CameraID, stream: StreamRole)],
        _ session: inout Session
    ) throws(DatabaseError) {
        let names = Set(streams.map { "\($0.tenant)/\($0.camera)/\($0.stream.rawValue)" })
        try session.query(
            """
            SELECT pg_advisory_xact_lock(key)::text FROM (
                SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest($1) AS name ORDER BY 1
            ) keys
            """,
            .array(names.map { .text($0) }, of: .text)
        )
    }

    private func streams(of worker: WorkerID?) async throws(CatalogError) -> [StreamToRecord] {
        try await asPlatform { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT s.tenant_id, s.camera_id, s.stream, s.url, s.credentials, c.days,
                    p.recorded_until, l.worker_id, l.epoch, l.granted_at
                FROM camera_streams s
                    JOIN camera_retention c ON c.tenant_id = s.tenant_id
                        AND c.camera_id = s.camera_id
                    LEFT JOIN stream_leases l ON l.tenant_id = s.tenant_id
                        AND l.camera_id = s.camera_id AND l.stream = s.stream
                    LEFT JOIN stream_progress p ON p.tenant_id = s.tenant_id
                        AND p.camera_id = s.camera_id AND p.stream = s.stream
                WHERE c.removed_at IS NULL
                    AND EXISTS (SELECT FROM tenants t WHERE t.id = s.tenant_id
                        AND t.state <> 'closed') AND ($1::uuid IS NULL OR l.worker_id = $1)
                ORDER BY s.tenant_id, s.camera_id, s.stream LIMIT $2
                """,
                .id(worker),
                .int(Self.fleetLimit)
            )
            return try rows.decode { row throws(DatabaseError) in
                var stream = StreamToRecord(
                    tenant: try row.next(),
                    camera: try row.next(),
                    stream: try row.nextWord(),
                    url: try row.next(),
                    credentials: try row.nextOptional(),
                    retentionDays: try row.next(),
                    recordedUntil: try row.nextOptional(),
                    lease: nil
                )
                if let worker: WorkerID = try row.nextOptional() {
                    stream.lease = StreamLease(
                        worker: worker,
                        epoch: try row.next(),
                        grantedAt: try row.next()
                    )
                }
                return stream
            }
        }
    }

    private static func worker(_ row: inout RowReader) throws(DatabaseError) -> WorkerRecord {
        WorkerRecord(
            id: try row.next(),
            name: try row.next(),
            edge: try row.next(),
            registeredAt: try row.next(),
            seenAt: try row.next()
        )
    }
}
