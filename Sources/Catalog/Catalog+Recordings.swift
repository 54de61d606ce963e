import Database
package import Domain
import FoundationEssentials

extension Catalog {
    /// $4 is one chunk length before the range that $6 and $5 bound.
    package static let chunksQuery: StaticString = """
        SELECT tenant_id, camera_id, stream, epoch, sequence, run_id, start_at,
            media_start_90k, initialization_length, initialization_hash, codecs, width,
            height, segments, encode(sha256, 'hex'), length_bytes, object_key,
            retention_days
        FROM chunks
        WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3
            AND start_at >= $4 AND start_at < $5 AND end_at > $6
        ORDER BY start_at, epoch, sequence LIMIT $7
        """

    /// The chunks that overlap a range, in the order of their start, at most `limit`.
    ///
    /// Looks from one chunk length before the range on, so a query of an hour reads the partitions
    /// of one or two days.
    package func chunks(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole,
        from: WallTime,
        to: WallTime,
        limit: Int = CatalogedChunk.limit
    ) async throws(CatalogError) -> [CatalogedChunk] {
        let limit = min(max(1, limit), CatalogedChunk.limit)
        return try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                Self.chunksQuery,
                .id(tenant),
                .id(camera),
                .text(stream.rawValue),
                .time(Self.earliest(from)),
                .time(to),
                .time(from),
                .int(limit)
            )
            return try rows.decode { row throws(DatabaseError) in try Self.chunk(&row) }
        }
    }

    /// One chunk by its name.
    package func chunk(
        _ identity: ChunkIdentity
    ) async throws(CatalogError) -> CatalogedChunk? {
        try await asTenant(identity.tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT tenant_id, camera_id, stream, epoch, sequence, run_id, start_at,
                    media_start_90k, initialization_length, initialization_hash, codecs, width,
                    height, segments, encode(sha256, 'hex'), length_bytes, object_key,
                    retention_days
                FROM chunks
                WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3
                    AND epoch = $4 AND sequence = $5
                LIMIT 1
                """,
                .id(identity.tenant),
                .id(identity.camera),
                .text(identity.stream.rawValue),
                .int(identity.epoch),
                .int(identity.sequence)
            )
            return try rows.decodeFirst { row throws(DatabaseError) in try Self.chunk(&row) }
        }
    }

    /// The gaps that overlap a range, in the order of their start, at most `gapLimit`.
    package func gaps(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole,
        from: WallTime,
        to: WallTime
    ) async throws(CatalogError) -> [Gap] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT start_at, end_at, reason FROM gaps
                WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3
                    AND start_at < $5 AND end_at > $4
                ORDER BY start_at LIMIT $6
                """,
                .id(tenant),
                .id(camera),
                .text(stream.rawValue),
                .time(from),
                .time(to),
                .int(Self.gapLimit)
            )
            return try rows.decode { row throws(DatabaseError) in
                Gap(start: try row.next(), end: try row.next(), reason: try row.nextWord())
            }
        }
    }

    /// What is recorded of a range, chunks that follow each other joined; not cut to the range.
    /// - Parameter joining: Microseconds between two chunks that still count as unbroken.
    package func recordedSpans(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole,
        from: WallTime,
        to: WallTime,
        joining: Int64 = 500_000
    ) async throws(CatalogError) -> [RecordedSpan] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            // A span begins where a chunk starts later than every end before it.
            let rows = try session.query(
                """
                WITH chunk AS (
                    SELECT start_at, end_at, max(end_at) OVER (ORDER BY start_at, epoch, sequence
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
                    FROM chunks
                    WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3
                        AND start_at >= $4 AND start_at < $5 AND end_at > $6
                ), numbered AS (
                    SELECT start_at, end_at, count(*) FILTER (WHERE before IS NULL
                        OR start_at > before + $7 * interval '1 microsecond')
                        OVER (ORDER BY start_at, end_at) AS span
                    FROM chunk
                )
                SELECT min(start_at), max(end_at) FROM numbered GROUP BY span ORDER BY 1 LIMIT $8
                """,
                .id(tenant),
                .id(camera),
                .text(stream.rawValue),
                .time(Self.earliest(from)),
                .time(to),
                .time(from),
                .double(Double(joining)),
                .int(Self.gapLimit)
            )
            return try rows.decode { row throws(DatabaseError) in
                RecordedSpan(start: try row.next(), end: try row.next())
            }
        }
    }

    /// The first and the last recorded moment of a stream; nil if there is none.
    package func bounds(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole
    ) async throws(CatalogError) -> RecordedSpan? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT first.start_at, last.end_at FROM
                    (SELECT start_at FROM chunks
                     WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3
                     ORDER BY start_at LIMIT 1) first,
                    (SELECT end_at FROM chunks
                     WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3
                     ORDER BY start_at DESC LIMIT 1) last
                """,
                .id(tenant),
                .id(camera),
                .text(stream.rawValue)
            )
            return try rows.decodeFirst { row throws(DatabaseError) in
                RecordedSpan(start: try row.next(), end: try row.next())
            }
        }
    }

    /// The last liveness report of a stream; nil before the first.
    package func streamReport(
        _ tenant: TenantID,
        _ camera: CameraID,
        _ stream: StreamRole
    ) async throws(CatalogError) -> StreamReport? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT worker_id, camera_id, stream, state, since, reasons, gap, frame_rate,
                    bit_rate, last_keyframe_at, reconnects, packets_lost, backlog_bytes, oldest_unshipped_at,
                    spool_full_at, spool_is_filling, reported_at
                FROM stream_status
                WHERE tenant_id = $1 AND camera_id = $2 AND stream = $3
                """,
                .id(tenant),
                .id(camera),
                .text(stream.rawValue)
            )
            return try rows.decodeFirst { row throws(DatabaseError) in try Self.report(&row) }
        }
    }

    /// The last liveness report of every stream of a tenant.
    package func streamReports(
        _ tenant: TenantID
    ) async throws(CatalogError) -> [StreamReport] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT worker_id, camera_id, stream, state, since, reasons, gap, frame_rate,
                    bit_rate, last_keyframe_at, reconnects, packets_lost, backlog_bytes, oldest_unshipped_at,
                    spool_full_at, spool_is_filling, reported_at
                FROM stream_status WHERE tenant_id = $1 ORDER BY camera_id, stream LIMIT 20000
                """,
                .id(tenant)
            )
            return try rows.decode { row throws(DatabaseError) in try Self.report(&row) }
        }
    }

    private static func earliest(_ from: WallTime) -> WallTime {
        WallTime(
            microseconds: from.microseconds.subtractingReportingOverflow(
                CatalogedChunk.spanLimit
            ).partialValue
        )
    }

    static func chunk(_ row: inout RowReader) throws(DatabaseError) -> CatalogedChunk {
        let identity = ChunkIdentity(
            tenant: try row.next(),
            camera: try row.next(),
            stream: try row.nextWord(),
            epoch: try row.next(),
            sequence: try row.next()
        )
        var chunk = Chunk(
            identity: identity,
            run: try row.next(),
            start: try row.next(),
            mediaStart: MediaTime(ticks: try row.next()),
            initializationLength: try row.next(),
            initializationHash: try row.next(),
            codecs: try row.next(),
            width: try row.next(),
            height: try row.next(),
            segments: []
        )
        guard
            let segments = PackedSegments.unpack(
                try row.next(),
                mediaStart: chunk.mediaStart,
                initializationLength: chunk.initializationLength
            )
        else {
            throw DatabaseError(.decoding, "the segments of a chunk are damaged")
        }
        chunk.segments = segments
        let sealed = SealedChunk(chunk: chunk, sha256: try row.next(), length: try row.next())
        return CatalogedChunk(sealed: sealed, key: try row.next(), retentionDays: try row.next())
    }

    private static func report(_ row: inout RowReader) throws(DatabaseError) -> StreamReport {
        let worker: WorkerID = try row.next()
        let camera: CameraID = try row.next()
        let stream: StreamRole = try row.nextWord()
        let state: CameraState = try row.nextWord()
        let since: WallTime = try row.next()
        let reasons: [String] = try row.next()
        let gap: String? = try row.nextOptional()
        let frameRate: Double? = try row.nextOptional()
        let bitRate: Int? = try row.nextOptional()
        let lastKeyframeAt: WallTime? = try row.nextOptional()
        let reconnects: Int? = try row.nextOptional()
        let packetsLost: Int? = try row.nextOptional()
        let statistics = frameRate.map { frameRate in
            StreamStatistics(
                camera: camera,
                stream: stream,
                frameRate: frameRate,
                bitRate: bitRate ?? 0,
                lastKeyframeAt: lastKeyframeAt,
                reconnects: reconnects ?? 0,
                packetsLost: packetsLost ?? 0
            )
        }
        return StreamReport(
            worker: worker,
            status: StreamStatus(
                camera: camera,
                stream: stream,
                state: state,
                since: since,
                reasons: reasons,
                gap: gap.flatMap { GapReason(rawValue: $0) }
            ),
            statistics: statistics,
            backlogBytes: try row.next(),
            backlog: SpoolBacklog(
                oldestUnshippedAt: try row.nextOptional(),
                fullAt: try row.nextOptional(),
                isFilling: try row.next()
            ),
            reportedAt: try row.next()
        )
    }
}
