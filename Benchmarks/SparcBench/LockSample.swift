import Database
import TestSupport

/// What is seen of locks on the table of chunks, every `interval`.
struct LockSample: Sendable {
    static let interval = Duration.milliseconds(20)

    /// Longest wait of any statement for any lock, seconds.
    private(set) var longestWait = 0.0
    /// Looks at which the table or a part of it was locked for everybody, readers included.
    private(set) var closedLooks = 0
    private(set) var looks = 0

    /// Seconds for which readers were kept out, as far as the looks tell.
    var closedSeconds: Double { Double(closedLooks) * 0.02 }

    /// Looks until the task is cancelled.
    static func run(_ installation: SparcInstallation) async throws -> LockSample {
        let connection = try await installation.openDatabase()
        var sample = LockSample()
        while !Task.isCancelled {
            let found = try await connection.run { session throws(DatabaseError) in
                try session.query(
                    """
                    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - l.waitstart)), 0)
                            ::float8,
                        count(*) FILTER (WHERE l.granted AND l.mode = 'AccessExclusiveLock'
                            AND c.relname LIKE 'chunks%')
                    FROM pg_locks l LEFT JOIN pg_class c ON c.oid = l.relation
                    WHERE l.pid <> pg_backend_pid()
                    """
                ).decode { row throws(DatabaseError) in
                    (wait: try row.next(Double.self), closed: try row.next(Int.self))
                }
            }
            sample.looks += 1
            sample.longestWait = max(sample.longestWait, found.first?.wait ?? 0)
            if let closed = found.first?.closed, closed > 0 { sample.closedLooks += 1 }
            try? await Task.sleep(for: interval)
        }
        await connection.close()
        return sample
    }
}
