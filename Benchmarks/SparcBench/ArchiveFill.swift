import Database
import Domain
import Foundation
import TestSupport

/// Fills the catalogue of an installation with chunk rows, as if its cameras had recorded for
/// weeks: by SQL in the server, a day at a time, because four million rows take a minute that way.
struct ArchiveFill: Sendable {
    static let chunkSeconds = 60
    static let segmentsPerChunk = 15

    /// One for each core of a small machine: the rows of a day are one statement.
    private static let writers = 2

    private let connections: [Connection]
    let days: Int
    /// Midnight UTC before the newest row.
    let end: WallTime

    /// As the superuser of the installation's own cluster: rows of the past need partitions that
    /// nobody else may make.
    init(_ installation: SparcInstallation, days: Int) async throws {
        let url = try String(
            contentsOfFile: installation.folder + "/keys/owner.url",
            encoding: .utf8
        )
        var settings = try ConnectionSettings(url.trimmingCharacters(in: .whitespacesAndNewlines))
        settings.statementTimeout = 0
        settings.idleTransactionTimeout = 0
        var opened: [Connection] = []
        for _ in 0..<Self.writers { opened.append(try await Connection.open(settings)) }
        connections = opened
        self.days = days
        let day = WallTime.current.microseconds / 86_400_000_000
        end = WallTime(microseconds: day * 86_400_000_000)
    }

    var start: WallTime { end.adding(milliseconds: -Int64(days) * 86_400_000) }

    /// Rows of all cameras that are in the catalogue.
    /// - Returns: How many.
    func run() async throws -> Int {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, connection) in connections.enumerated() {
                group.addTask { try await fill(connection, first: number) }
            }
            try await group.waitForAll()
        }
        return try await finish(connections[0])
    }

    /// Every day of one writer, the oldest first.
    private func fill(_ connection: Connection, first: Int) async throws {
        try await connection.run { session throws(DatabaseError) in
            // References are checked row by row; these rows have theirs by construction.
            try session.run("SET session_replication_role = replica")
            try session.run("SET work_mem = '256MB'")
        }
        for day in stride(from: first, to: days, by: Self.writers) {
            let date = String(
                start.adding(milliseconds: Int64(day) * 86_400_000).description.prefix(10)
            )
            try await connection.run { session throws(DatabaseError) in
                // As its owner, who also drops it.
                try session.run(
                    "SELECT make_restored_partitions(ARRAY['\(date)T00:00:00Z'::timestamptz])"
                )
                try session.run(Self.insert(date))
            }
        }
    }

    /// The rows lie in the order in which recording would have brought them.
    private static func insert(_ date: String) -> String {
        let ticks = chunkSeconds * 90_000
        let rows = 86_400 / chunkSeconds
        return """
            INSERT INTO chunks (tenant_id, camera_id, stream, start_at, epoch, sequence, end_at,
                run_id, media_start_90k, initialization_length, initialization_hash, codecs,
                width, height, length_bytes, sha256, object_key, retention_days, segments)
            SELECT c.tenant_id, c.id, 'main', t.at, 1, t.number, t.at + '\(chunkSeconds) s',
                c.id, t.number * \(ticks), 900, '0123456789abcdef', 'avc1.64001f,mp4a.40.2',
                1920, 1080, \(chunkLength), sha256(int8send(t.number)),
                substr(md5(c.id::text), 1, 4) || '/' || c.tenant_id || '/' || c.id || '/main/'
                    || to_char(t.at AT TIME ZONE 'UTC', 'YYYY/MM/DD') || '/1-' || t.number
                    || '-' || substr(md5(t.number::text), 1, 16) || '.mp4',
                30, '\\x\(packed)'::bytea
            FROM (SELECT '\(date)T00:00:00Z'::timestamptz + n * interval '\(chunkSeconds) s' AS at,
                    ('\(date)'::date - '2020-01-01'::date)::bigint * \(rows) + n + 1 AS number
                FROM generate_series(0, \(rows - 1)) AS n) AS t, cameras AS c
            ORDER BY t.at, c.id
            """
    }

    private func finish(_ connection: Connection) async throws -> Int {
        try await connection.run { session throws(DatabaseError) in
            try session.run("SET session_replication_role = origin")
            // What triggers would have counted.
            try session.run(
                """
                INSERT INTO footage_days (tenant_id, camera_id, day, chunks, bytes)
                SELECT tenant_id, camera_id, (start_at AT TIME ZONE 'UTC')::date, count(*),
                    sum(length_bytes)
                FROM chunks GROUP BY 1, 2, 3
                """
            )
            // What autovacuum does in the days that this takes in life.
            try session.run("VACUUM (ANALYZE) chunks")
            try session.run("CHECKPOINT")
            let rows = try session.query("SELECT count(*) FROM chunks")
            return try rows.decodeFirst { row throws(DatabaseError) in try row.next() as Int } ?? 0
        }
    }

    private static let segments: [Segment] = {
        var offset = 900
        return (0..<segmentsPerChunk).map { index in
            let length = 1_000_000 + index * 1_013
            defer { offset += length }
            return Segment(
                start: MediaTime(ticks: Int64(index) * 360_000),
                duration: MediaTime(ticks: 360_000),
                offset: offset,
                length: length,
                isIndependent: true
            )
        }
    }()

    private static let chunkLength = segments.reduce(900) { $0 + $1.length }

    private static let packed: String = {
        let chunk = Chunk(
            identity: ChunkIdentity(
                tenant: TenantID(),
                camera: CameraID(),
                stream: .main,
                epoch: 1,
                sequence: 1
            ),
            run: RunID(),
            start: WallTime(seconds: 0),
            mediaStart: .zero,
            initializationLength: 900,
            initializationHash: "0123456789abcdef",
            codecs: "avc1.64001f,mp4a.40.2",
            width: 1_920,
            height: 1_080,
            segments: segments
        )
        return PackedSegments.pack(chunk).map { String(format: "%02x", $0) }.joined()
    }()
}
