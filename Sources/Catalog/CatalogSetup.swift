package import Database

/// What only the owner does: the roles, the schema and the migrations. Used by `sparc migrate` and
/// `sparc up`, never by a process that answers requests.
package enum CatalogSetup {
    /// Owns everything and cannot log in.
    package static let ownerRole = "sparc_owner"
    /// Answers requests, one tenant at a time.
    package static let appRole = "sparc_app"
    /// Fleet, retention, relay and metering; never answers a tenant.
    package static let platformRole = "sparc_platform"
    /// Reads everything for backups; the only one that row security does not stop.
    package static let backupRole = "sparc_backup"
    /// Tries when another database of the same server changes the same roles at the same moment.
    private static let tryLimit = 10

    /// Makes roles and schema, sets the passwords and applies the migrations that are missing.
    /// Everything may be there already.
    /// - Parameters:
    ///   - owner: A superuser, or a role that may create roles and schemas in this database.
    ///   - appPassword: The password that `sparc_app` has from now on.
    ///   - platformPassword: The same for `sparc_platform`.
    ///   - migrations: The list to apply; tests apply a beginning of it.
    package static func bootstrap(
        owner: ConnectionSettings,
        appPassword: String,
        platformPassword: String,
        migrations: [Migration] = CatalogMigrations.all
    ) async throws(CatalogError) -> BootstrapReport {
        let connection = try await connectOrMakeDatabase(owner)
        var warnings: [String] = []
        for attempt in 1... {
            do throws(DatabaseError) {
                warnings = try await connection.run { session throws(DatabaseError) in
                    try MigrationRunner.locked(&session) { session throws(DatabaseError) in
                        let warnings = try makeRoles(&session)
                        try setPassword(appPassword, of: appRole, &session)
                        try setPassword(platformPassword, of: platformRole, &session)
                        return warnings + (try makeSchema(&session))
                    }
                }
                break
            } catch {
                // Roles belong to the whole server: 42710 and 23505 are another one's CREATE ROLE,
                // XX000 another one's ALTER of the same row.
                let isRace = ["42710", "23505", "XX000"].contains(error.sqlState)
                guard isRace, attempt < tryLimit else { throw CatalogError(error) }
                // Cancelled: the next try is at once.
                try? await Task.sleep(for: .milliseconds(Int.random(in: 10...50) * attempt))
            }
        }
        let applied = try await catalogErrors { () throws(DatabaseError) in
            let applied = try await MigrationRunner(migrations, role: ownerRole).run(on: connection)
            try await connection.run { session throws(DatabaseError) in
                try grantBackup(&session)
            }
            return applied
        }
        await connection.close()
        return BootstrapReport(applied: applied, warnings: warnings)
    }

    /// What the database has of this build's migrations; changes nothing.
    package static func status(
        owner: ConnectionSettings
    ) async throws(CatalogError) -> [MigrationStatus] {
        let connection = try await connect(owner)
        return try await catalogErrors { () throws(DatabaseError) in
            try await MigrationRunner(CatalogMigrations.all, role: ownerRole)
                .status(on: connection)
        }
    }

    /// Connects; makes the database first where the server does not have it yet, as a new cluster
    /// does not.
    private static func connectOrMakeDatabase(
        _ owner: ConnectionSettings
    ) async throws(CatalogError) -> Connection {
        let refusal: CatalogError
        do {
            return try await connect(owner)
        } catch {
            refusal = error
        }
        guard let name = owner.database,
            let connection = try? await connect(owner.connecting(to: "postgres"))
        else { throw refusal }
        try await catalogErrors { () throws(DatabaseError) in
            try await connection.run { session throws(DatabaseError) in
                let found = try session.query(
                    """
                    SELECT format('CREATE DATABASE %I', $1::text)
                    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)
                    """,
                    .text(name)
                )
                let statement = try found.decodeFirst { row throws(DatabaseError) in
                    try row.next(String.self)
                }
                if let statement { try session.run(statement) }
            }
        }
        await connection.close()
        return try await connect(owner)
    }

    private static func connect(
        _ settings: ConnectionSettings
    ) async throws(CatalogError) -> Connection {
        try await catalogErrors { () throws(DatabaseError) in try await Connection.open(settings) }
    }

    private static func makeRoles(_ session: inout Session) throws(DatabaseError) -> [String] {
        var warnings: [String] = []
        for (role, option) in [
            (ownerRole, "NOLOGIN"), (appRole, "LOGIN"), (platformRole, "LOGIN"),
            (backupRole, "NOLOGIN BYPASSRLS"),
        ] {
            let known = try session.query(
                "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)",
                .text(role)
            )
            let exists = try known.decodeFirst { row throws(DatabaseError) in
                try row.next(Bool.self)
            }
            if exists == true { continue }
            do throws(DatabaseError) {
                try session.run("CREATE ROLE \(role) \(option)")
            } catch {
                // Only a superuser may make a role that row security does not stop (42501).
                guard role == backupRole, error.sqlState == "42501" else { throw error }
                warnings.append("\(backupRole) was not made: that takes a superuser")
            }
        }
        try session.run(
            """
            DO $$ BEGIN
                IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
                    AND NOT pg_has_role(current_user, '\(ownerRole)', 'MEMBER')
                THEN EXECUTE format('GRANT \(ownerRole) TO %I', current_user); END IF;
            END $$
            """
        )
        return warnings
    }

    /// The password reaches the server as a verifier, so no log of the server has it.
    private static func setPassword(
        _ password: String,
        of role: String,
        _ session: inout Session
    ) throws(DatabaseError) {
        let verifier = try session.passwordVerifier(password, user: role)
        // A verifier is base64 and punctuation: `SCRAM-SHA-256$4096:salt$key:key`.
        guard verifier.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 39 && $0 != 92 }) else {
            throw DatabaseError(.settings, "the password of \(role) cannot be prepared")
        }
        try session.run("ALTER ROLE \(role) PASSWORD '\(verifier)'")
    }

    private static func makeSchema(_ session: inout Session) throws(DatabaseError) -> [String] {
        try session.run(
            """
            CREATE SCHEMA IF NOT EXISTS sparc AUTHORIZATION \(ownerRole);
            SET ROLE \(ownerRole);
            GRANT USAGE ON SCHEMA sparc TO \(appRole), \(platformRole);
            ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
            RESET ROLE;
            """
        )
        do throws(DatabaseError) {
            try session.run(
                """
                REVOKE CREATE ON SCHEMA public FROM PUBLIC;
                DO $$ BEGIN
                    EXECUTE format('ALTER DATABASE %I SET search_path = sparc, public',
                        current_database());
                END $$;
                """
            )
            return []
        } catch {
            guard error.sqlState == "42501" else { throw error }
            return ["the default search path of the database was not set: that takes its owner"]
        }
    }

    /// Tables and sequences of later migrations and partitions are covered by the default
    /// privileges.
    private static func grantBackup(_ session: inout Session) throws(DatabaseError) {
        try session.run(
            """
            DO $$ BEGIN
                IF EXISTS (SELECT FROM pg_roles WHERE rolname = '\(backupRole)') THEN
                    SET LOCAL ROLE \(ownerRole);
                    GRANT USAGE ON SCHEMA sparc TO \(backupRole);
                    GRANT SELECT ON ALL TABLES IN SCHEMA sparc TO \(backupRole);
                    GRANT SELECT ON ALL SEQUENCES IN SCHEMA sparc TO \(backupRole);
                    ALTER DEFAULT PRIVILEGES IN SCHEMA sparc
                        GRANT SELECT ON TABLES TO \(backupRole);
                    ALTER DEFAULT PRIVILEGES IN SCHEMA sparc
                        GRANT SELECT ON SEQUENCES TO \(backupRole);
                END IF;
            END $$
            """
        )
    }
}
