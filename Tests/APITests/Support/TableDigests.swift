import Database

/// What all tables hold, as the owner sees them.
enum TableDigests {
    /// Number of rows and a digest of them by table, of every organisation and of none.
    static func all(_ bed: TestBed) async throws -> [String: String] {
        let connection = try await Connection.open(bed.owner)
        let found = try await connection.run { session throws(DatabaseError) in
            let tables = try session.query(
                """
                SELECT c.relname::text
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'sparc' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                ORDER BY 1
                """
            ).decode { row throws(DatabaseError) in try row.next(String.self) }
            // One statement with a constant text: a name is no parameter.
            try session.run(
                """
                CREATE TEMP TABLE IF NOT EXISTS digests (name text, digest text);
                DELETE FROM digests;
                """
            )
            for name in tables {
                try session.run(
                    """
                    INSERT INTO digests SELECT '\(name)', count(*) || ' ' ||
                        md5(coalesce(string_agg(t::text, ';' ORDER BY t::text), ''))
                    FROM sparc.\(name) t
                    """
                )
            }
            return try session.query("SELECT name, digest FROM digests").decode {
                row throws(DatabaseError) in
                (try row.next(String.self), try row.next(String.self))
            }
        }
        await connection.close()
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// Tables that differ.
    static func changed(_ before: [String: String], _ after: [String: String]) -> [String] {
        Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    }
}
