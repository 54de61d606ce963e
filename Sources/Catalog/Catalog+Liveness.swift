import Database
package import Domain

/// A gap and the stream that has it.
struct StreamGap: Hashable, Sendable {
    var tenant: TenantID
    var camera: CameraID
    var stream: StreamRole
    var gap: Gap
}

extension Catalog {
    /// Streams in one report; a worker has far fewer.
    private static let reportLimit = 4_096
    /// Words of warning kept per stream.
    private static let reasonLimit = 16

    /// Stores what a worker says of its streams, and extends the gaps that are open. Streams whose
    /// lease another worker has are left alone.
    package func reportLiveness(
        _ worker: WorkerID,
        _ liveness: WorkerLiveness
    ) async throws(CatalogError) {
        guard liveness.streams.count <= Self.reportLimit else {
            throw CatalogError(.invalid, "more than \(Self.reportLimit) streams in one report")
        }
        let reports = liveness.streams.sorted {
            ($0.tenant, $0.status.camera, $0.status.stream.rawValue)
                < ($1.tenant, $1.status.camera, $1.status.stream.rawValue)
        }
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try session.query("UPDATE workers SET seen_at = now() WHERE id = $1", .id(worker))
            if reports.isEmpty { return }
            let leased = try Self.leased(reports, by: worker, &session)
            try Self.store(leased, of: worker, &session)
            let gaps = leased.compactMap { report in
                report.openGap.flatMap { gap in
                    gap.end > gap.start
                        ? StreamGap(
                            tenant: report.tenant,
                            camera: report.status.camera,
                            stream: report.status.stream,
                            gap: gap
                        )
                        : nil
                }
            }
            try Self.upsert(gaps, isClosed: false, &session)
        }
    }

    /// Adds gaps, or moves their end: an open one only further, a closed one to where it says.
    static func upsert(
        _ gaps: [StreamGap],
        isClosed: Bool,
        _ session: inout Session
    ) throws(DatabaseError) {
        // One statement may not touch a row twice: of two with one start the last counts.
        var byStart: [StreamGap: StreamGap] = [:]
        for gap in gaps {
            var key = gap
            key.gap.end = gap.gap.start
            key.gap.reason = .cameraOffline
            byStart[key] = gap
        }
        let unique = byStart.values.sorted {
            ($0.tenant, $0.camera, $0.stream.rawValue, $0.gap.start)
                < ($1.tenant, $1.camera, $1.stream.rawValue, $1.gap.start)
        }
        if unique.isEmpty { return }
        try session.query(
            """
            INSERT INTO gaps AS g (tenant_id, camera_id, stream, start_at, end_at, reason,
                is_closed)
            SELECT o.*, $7 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[],
                $5::timestamptz[], $6::text[]) AS o
            ON CONFLICT (tenant_id, camera_id, stream, start_at) DO UPDATE SET
                end_at = excluded.end_at, reason = excluded.reason, is_closed = excluded.is_closed
            WHERE excluded.is_closed OR (NOT g.is_closed AND excluded.end_at > g.end_at)
            """,
            .array(unique.map { .id($0.tenant) }, of: .uuid),
            .array(unique.map { .id($0.camera) }, of: .uuid),
            .array(unique.map { .text($0.stream.rawValue) }, of: .text),
            .array(unique.map { .time($0.gap.start) }, of: .time),
            .array(unique.map { .time($0.gap.end) }, of: .time),
            .array(unique.map { .text($0.gap.reason.rawValue) }, of: .text),
            .bool(isClosed)
        )
    }

    private static func leased(
        _ reports: [StreamLiveness],
        by worker: WorkerID,
        _ session: inout Session
    ) throws(DatabaseError) -> [StreamLiveness] {
        let rows = try session.query(
            """
            SELECT o.number FROM unnest($2::uuid[], $3::uuid[], $4::text[])
                    WITH ORDINALITY AS o (tenant, camera, stream, number)
                JOIN stream_leases l ON l.tenant_id = o.tenant AND l.camera_id = o.camera
                    AND l.stream = o.stream AND l.worker_id = $1
            ORDER BY o.number
            """,
            .id(worker),
            .array(reports.map { .id($0.tenant) }, of: .uuid),
            .array(reports.map { .id($0.status.camera) }, of: .uuid),
            .array(reports.map { .text($0.status.stream.rawValue) }, of: .text)
        )
        var leased: [StreamLiveness] = []
        var seen: Set<CameraStreamName> = []
        for row in rows {
            let number: Int = try row.value(0)
            guard reports.indices.contains(number - 1) else { continue }
            let report = reports[number - 1]
            let name = CameraStreamName(
                camera: report.status.camera,
                stream: report.status.stream
            )
            if seen.insert(name).inserted { leased.append(report) }
        }
        return leased
    }

    private struct CameraStreamName: Hashable {
        var camera: CameraID
        var stream: StreamRole
    }

    private static func store(
        _ reports: [StreamLiveness],
        of worker: WorkerID,
        _ session: inout Session
    ) throws(DatabaseError) {
        for report in reports {
            let status = report.status
            let reasons = status.reasons.prefix(reasonLimit).map { reason in
                SQLValue.text(
                    String(
                        reason.unicodeScalars.filter { $0 != "\0" }.prefix(500).map(Character.init)
                    )
                )
            }
            try session.query(
                """
                INSERT INTO stream_status (tenant_id, camera_id, stream, worker_id, state, since,
                    reasons, gap, frame_rate, bit_rate, last_keyframe_at, reconnects, packets_lost,
                    backlog_bytes, oldest_unshipped_at, spool_full_at, spool_is_filling)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                ON CONFLICT (tenant_id, camera_id, stream) DO UPDATE SET
                    worker_id = excluded.worker_id, state = excluded.state, since = excluded.since,
                    reasons = excluded.reasons, gap = excluded.gap,
                    frame_rate = excluded.frame_rate, bit_rate = excluded.bit_rate,
                    last_keyframe_at = excluded.last_keyframe_at,
                    reconnects = excluded.reconnects, packets_lost = excluded.packets_lost,
                    backlog_bytes = excluded.backlog_bytes,
                    oldest_unshipped_at = excluded.oldest_unshipped_at,
                    spool_full_at = excluded.spool_full_at,
                    spool_is_filling = excluded.spool_is_filling, reported_at = now()
                """,
                .id(report.tenant),
                .id(status.camera),
                .text(status.stream.rawValue),
                .id(worker),
                .text(status.state.rawValue),
                .time(status.since),
                .array(reasons, of: .text),
                .text(status.gap?.rawValue),
                .double(report.statistics?.frameRate),
                .int(report.statistics.map { Int64($0.bitRate) }),
                .time(report.statistics?.lastKeyframeAt),
                .int(report.statistics.map { Int64($0.reconnects) }),
                .int(report.statistics.map { Int64($0.packetsLost) }),
                .int(report.backlogBytes),
                .time(report.backlog?.oldestUnshippedAt),
                .time(report.backlog?.fullAt),
                .bool(report.backlog?.isFilling ?? false)
            )
        }
    }
}
