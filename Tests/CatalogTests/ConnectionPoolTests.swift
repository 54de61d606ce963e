import Database
import Domain
import Testing

struct ConnectionPoolTests {
    private static let sleep: StaticString = "SELECT pg_sleep($1)::text"

    private func settings() async throws -> ConnectionSettings {
        try await CatalogFixture.emptyDatabase()
    }

    @Test func `many callers share a bounded number of connections`() async throws {
        let settings = try await settings()
        let pool = ConnectionPool(settings, size: 3)
        let most = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<30 {
                group.addTask {
                    try await pool.transaction { session throws(DatabaseError) -> Int in
                        try session.query(Self.sleep, .double(0.01))
                        return try session.query(
                            """
                            SELECT count(*) FROM pg_stat_activity
                            WHERE datname = current_database()
                            """
                        ).first?.value(0) ?? 0
                    }
                }
            }
            var most = 0
            for try await seen in group { most = max(most, seen) }
            return most
        }
        #expect(most == 3)
        #expect(pool.load.connections == 3)
        #expect(pool.load.waiting == 0)
    }

    @Test func `a wait for a connection ends at its limit and when the caller goes`() async throws {
        let pool = ConnectionPool(
            try await settings(),
            size: 1,
            leaseTimeout: .milliseconds(100)
        )
        try await pool.check()
        async let busy: Void = pool.transaction { session throws(DatabaseError) in
            _ = try session.query(Self.sleep, .double(1))
        }
        while pool.load.waiting == 0 {
            // The first of these waits has found the connection busy.
            let late = await Task { try await pool.check() }.result
            if case .failure(let error as DatabaseError) = late {
                #expect(error.code == .exhausted)
                #expect(error.isRetryable)
                break
            }
        }
        let impatient = Task { try await pool.check() }
        impatient.cancel()
        if case .failure(let error as DatabaseError) = await impatient.result {
            #expect(error.code == .exhausted)
        }
        try await busy
        try await pool.check()
        #expect(pool.load.waiting == 0)
    }

    @Test func `connections that the server ended are replaced`() async throws {
        let settings = try await settings()
        let pool = ConnectionPool(settings, size: 4)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    _ = try await pool.transaction { session throws(DatabaseError) in
                        try session.query(Self.sleep, .double(0.05))
                    }
                }
            }
            try await group.waitForAll()
        }
        let killer = try await Connection.open(settings)
        let ended = try await killer.run { session throws(DatabaseError) in
            try session.query(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            ).first?.value(0, as: Int.self)
        }
        #expect((ended ?? 0) >= 1)
        for _ in 0..<8 { try await pool.check() }
    }

    @Test func `a connection lost inside a transaction is an error, and the next one works`()
        async throws
    {
        let pool = ConnectionPool(try await settings(), size: 1)
        let error = await #expect(throws: DatabaseError.self) {
            try await pool.transaction { session throws(DatabaseError) in
                _ = try session.query("SELECT pg_terminate_backend(pg_backend_pid())")
            }
        }
        #expect(error?.isRetryable == true)
        try await pool.check()
    }

    @Test func `a server that is not there is an error at once, and found when it comes`()
        async throws
    {
        let missing = ConnectionSettings(
            socketFolder: "/nonexistent",
            database: "x",
            user: "y",
            password: "s3cret"
        )
        let pool = ConnectionPool(missing, size: 2)
        for _ in 0..<5 {
            let error = await #expect(throws: DatabaseError.self) { try await pool.check() }
            #expect(error?.code == .connection)
            #expect(error?.isRetryable == true)
            #expect(error?.description.contains("s3cret") == false)
        }
        #expect(pool.load.connections == 0)
    }

    @Test func `a transaction that loses a deadlock is run again`() async throws {
        let settings = try await settings()
        let connection = try await Connection.open(settings)
        try await connection.run { session throws(DatabaseError) in
            try session.run(
                """
                CREATE SCHEMA sparc; CREATE TABLE t (id bigint PRIMARY KEY, n bigint);
                INSERT INTO t VALUES (1, 0), (2, 0)
                """
            )
        }
        let pool = ConnectionPool(settings, size: 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for order: [Int64] in [[1, 2], [2, 1]] {
                group.addTask {
                    try await pool.transaction { session throws(DatabaseError) in
                        for id in order {
                            try session.query("UPDATE t SET n = n + 1 WHERE id = $1", .int(id))
                            try session.query(Self.sleep, .double(0.1))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let sum = try await connection.run { session throws(DatabaseError) in
            try session.query("SELECT sum(n)::bigint FROM t").first?.value(0, as: Int.self)
        }
        #expect(sum == 4)
    }

    @Test func `a tenant that is stuck leaves the others their connections`() async throws {
        let settings = try await settings()
        let holder = try await Connection.open(settings)
        try await holder.run { session throws(DatabaseError) in
            try session.run("SELECT pg_advisory_lock(1)")
        }
        let pool = ConnectionPool(
            settings,
            size: 4,
            leaseTimeout: .seconds(600),
            tenantShare: 2
        )
        let loud = TenantID()
        let limit = ConnectionPool.tenantWaiterLimit
        try await withThrowingTaskGroup(of: DatabaseError.Code?.self) { group in
            for _ in 0..<limit + 50 {
                group.addTask {
                    do throws(DatabaseError) {
                        try await pool.transaction(.readOnly, tenant: loud) {
                            session throws(DatabaseError) in
                            _ = try session.query("SELECT pg_advisory_xact_lock_shared(1)::text")
                        }
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            // What is too much is refused at once, while the rest is stuck.
            for _ in 0..<48 { #expect(try await group.next() == .crowded) }
            #expect(pool.load.waiting == limit)
            for _ in 0..<100 {
                try await pool.transaction(.readOnly, tenant: TenantID()) {
                    session throws(DatabaseError) in
                    _ = try session.query("SELECT 1")
                }
                try await pool.check()
            }
            #expect(pool.load.waiting == limit)
            #expect(pool.load.connections <= 4)
            try await holder.run { session throws(DatabaseError) in
                try session.run("SELECT pg_advisory_unlock(1)")
            }
            var done = 0
            while let code = try await group.next() { done += code == nil ? 1 : 0 }
            #expect(done == limit + 2)
        }
        #expect(pool.load.waiting == 0)
        await holder.close()
    }

    @Test func `who waits behind its own tenant goes when it is late or gives up`() async throws {
        let settings = try await settings()
        let holder = try await Connection.open(settings)
        try await holder.run { session throws(DatabaseError) in
            try session.run("SELECT pg_advisory_lock(2)")
        }
        let pool = ConnectionPool(
            settings,
            size: 2,
            leaseTimeout: .milliseconds(200),
            tenantShare: 1
        )
        let loud = TenantID()
        let read: @Sendable (inout Session) throws(DatabaseError) -> Void = {
            session throws(DatabaseError) in
            _ = try session.query("SELECT pg_advisory_xact_lock_shared(2)::text")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.transaction(.readOnly, tenant: loud, read) }
            while pool.load.connections == 0 { await Task.yield() }
            let late = await #expect(throws: DatabaseError.self) {
                try await pool.transaction(.readOnly, tenant: loud, read)
            }
            #expect(late?.code == .crowded && late?.isRetryable == true)
            // Whoever's it says to be, it takes the share that it is given.
            let stranger = await #expect(throws: DatabaseError.self) {
                try await pool.transaction(.readOnly, tenant: TenantID(), share: loud, read)
            }
            #expect(stranger?.code == .crowded)
            #expect(pool.answeredAt == nil)
            let gone = Task { try await pool.transaction(.readOnly, tenant: loud, read) }
            gone.cancel()
            let left = await #expect(throws: DatabaseError.self) { try await gone.value }
            #expect(left?.code == .exhausted)
            #expect(pool.load.waiting == 0)
            try await holder.run { session throws(DatabaseError) in
                try session.run("SELECT pg_advisory_unlock(2)")
            }
            try await group.waitForAll()
        }
        try await pool.transaction(.readOnly, tenant: loud, read)
        #expect(pool.answeredAt != nil)
        await holder.close()
    }

    @Test func `a closed pool refuses`() async throws {
        let pool = ConnectionPool(try await settings(), size: 1)
        try await pool.check()
        pool.close()
        let error = await #expect(throws: DatabaseError.self) { try await pool.check() }
        #expect(error?.code == .closed)
        #expect(error?.isRetryable == false)
    }
}
