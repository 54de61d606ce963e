/// Brings a database to the last of an ordered list of migrations.
///
/// Each migration and its row in `migrations` are one transaction, run as the owning role, so a
/// kill leaves either all of it or nothing and the next run goes on from there. An advisory lock
/// keeps two runners apart. A database whose list is not a beginning of ours is refused.
package struct MigrationRunner: Sendable {
    /// `sparc` in ASCII: the advisory lock of everything that changes the schema.
    package static let lock: Int64 = 0x73_7061_7263
    /// Milliseconds that a runner waits for another one, or for a table in use.
    private static let lockTimeout = 120_000

    private let migrations: [Migration]
    private let role: String

    /// - Parameters:
    ///   - migrations: In order; names are unique.
    ///   - role: The role that owns what they make; a name of ours, never a caller's text.
    package init(_ migrations: [Migration], role: String) {
        self.migrations = migrations
        self.role = role
    }

    /// Applies what is missing.
    /// - Returns: The names of what was applied now.
    package func run(on connection: Connection) async throws(DatabaseError) -> [String] {
        try await connection.run { session throws(DatabaseError) in
            try Self.locked(&session) { session throws(DatabaseError) in
                try prepare(&session)
                let applied = try appliedCount(&session)
                var names: [String] = []
                for (index, migration) in migrations.enumerated().dropFirst(applied) {
                    try apply(migration, at: index, &session)
                    names.append(migration.name)
                }
                return names
            }
        }
    }

    /// What the database has; nothing is changed.
    package func status(on connection: Connection) async throws(DatabaseError) -> [MigrationStatus]
    {
        try await connection.run { session throws(DatabaseError) in
            let exists = try session.query("SELECT to_regclass('migrations') IS NOT NULL")
            let isThere = try exists.decodeFirst { row throws(DatabaseError) in
                try row.next(Bool.self)
            }
            let applied = isThere == true ? try appliedCount(&session) : 0
            return migrations.enumerated().map { index, migration in
                MigrationStatus(name: migration.name, isApplied: index < applied)
            }
        }
    }

    /// Calls `body` while no other runner works on this database.
    package static func locked<Value>(
        _ session: inout Session,
        _ body: (inout Session) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        try session.liftTimeLimit()
        try session.run("SET lock_timeout = \(lockTimeout)")
        try session.query("SELECT pg_advisory_lock($1)::text", .int(lock))
        do throws(DatabaseError) {
            let value = try body(&session)
            try session.query("SELECT pg_advisory_unlock($1)", .int(lock))
            return value
        } catch {
            // A lost connection has given the lock back by itself.
            _ = try? session.query("SELECT pg_advisory_unlock($1)", .int(lock))
            throw error
        }
    }

    private func prepare(_ session: inout Session) throws(DatabaseError) {
        try inTransaction(&session) { session throws(DatabaseError) in
            try session.run(
                """
                CREATE TABLE IF NOT EXISTS migrations (
                    position   bigint PRIMARY KEY,
                    name       text NOT NULL UNIQUE,
                    checksum   text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """
            )
        }
    }

    /// How many of ours the database has; an error if it has others.
    private func appliedCount(_ session: inout Session) throws(DatabaseError) -> Int {
        let rows = try session.query("SELECT name, checksum FROM migrations ORDER BY position")
        let applied = try rows.decode { row throws(DatabaseError) in
            (name: try row.next(String.self), checksum: try row.next(String.self))
        }
        guard applied.count <= migrations.count else {
            throw DatabaseError(
                .migration,
                "the database has \(applied.count) migrations and this program knows "
                    + "\(migrations.count): it was migrated by a newer version"
            )
        }
        for (migration, row) in zip(migrations, applied) {
            guard migration.name == row.name else {
                throw DatabaseError(
                    .migration,
                    "the database has the migration \(row.name) where this program has "
                        + migration.name
                )
            }
            let checksum = try checksum(of: migration, &session)
            guard checksum == row.checksum else {
                throw DatabaseError(
                    .migration,
                    "the migration \(migration.name) is not the one that was applied"
                )
            }
        }
        return applied.count
    }

    private func apply(
        _ migration: Migration,
        at index: Int,
        _ session: inout Session
    ) throws(DatabaseError) {
        let checksum = try checksum(of: migration, &session)
        do throws(DatabaseError) {
            try inTransaction(&session) { session throws(DatabaseError) in
                try session.run(migration.sql)
                try session.query(
                    "INSERT INTO migrations (position, name, checksum) VALUES ($1, $2, $3)",
                    .int(index + 1),
                    .text(migration.name),
                    .text(checksum)
                )
            }
        } catch {
            throw DatabaseError(
                error.code,
                "\(migration.name): \(error.message)",
                sqlState: error.sqlState,
                constraint: error.constraint
            )
        }
    }

    private func inTransaction(
        _ session: inout Session,
        _ body: (inout Session) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        do throws(DatabaseError) {
            try session.run("BEGIN; SET LOCAL ROLE \(role)")
            try body(&session)
            try session.commit()
        } catch {
            session.rollBack()
            throw error
        }
    }

    /// SHA-256 of the text, by the server.
    private func checksum(
        of migration: Migration,
        _ session: inout Session
    ) throws(DatabaseError) -> String? {
        let rows = try session.query(
            "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')",
            .text(migration.sql)
        )
        return try rows.decodeFirst { row throws(DatabaseError) in try row.next(String.self) }
    }
}
