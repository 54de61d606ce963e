import Database
import Domain
import Foundation
import Testing

/// Values, errors and transactions on a real connection.
struct SessionTests {
    private func connect() async throws -> Connection {
        var settings = try await CatalogFixture.emptyDatabase()
        settings.searchPath = "public, pg_temp"
        return try await Connection.open(settings)
    }

    @Test func `every type comes back as it was sent`() async throws {
        let id = UUID()
        let times = [0, -1, 1, 253_402_300_799_999_999, -62_135_596_800_000_000].map {
            WallTime(microseconds: $0)
        }
        try await connect().run { session throws(DatabaseError) in
            let row = try session.query(
                "SELECT $1, $2, $3, $4, $5, $6",
                .bool(true),
                .int(.min),
                .double(-0.5),
                .text("Tür 🚪 'x'; --"),
                .bytes([0, 255, 7]),
                .uuid(id)
            ).first
            var reader = try require(row?.reader)
            #expect(try reader.next(Bool.self))
            #expect(try reader.next(Int64.self) == .min)
            #expect(try reader.next(Double.self) == -0.5)
            #expect(try reader.next(String.self) == "Tür 🚪 'x'; --")
            #expect(try reader.next([UInt8].self) == [0, 255, 7])
            #expect(try reader.next(UUID.self) == id)
            for time in times {
                let rows = try session.query("SELECT $1", .time(time))
                #expect(try rows.first?.value(0) == time)
            }
            let empty = try session.query("SELECT $1, $2", .text(""), .bytes([]))
            #expect(try empty.first?.value(0) == "")
            #expect(try empty.first?.value(1) == [UInt8]())
            let texts = try session.query(
                "SELECT $1",
                .array([.text("a"), .text(""), .text("ü")], of: .text)
            )
            #expect(try texts.first?.value(0) == ["a", "", "ü"])
            let none = try session.query("SELECT $1", .array([], of: .text))
            #expect(try none.first?.value(0) == [String]())
        }
    }

    @Test func `null is read as nil, and a statement prepared with it takes a value`() async throws
    {
        try await connect().run { session throws(DatabaseError) in
            for value: String? in [nil, "x", nil] {
                let rows = try session.query(Self.echo, .text(value))
                #expect(try rows.first?.optional(0, as: String.self) == value)
            }
            for value: Int64? in [nil, 5] {
                let rows = try session.query(Self.count, .int(value))
                #expect(try rows.first?.optional(0) == value)
            }
        }
    }

    private static let echo: StaticString = "SELECT $1"
    private static let count: StaticString = "SELECT $1 + 0"

    @Test func `a wrong type, a null or a missing column is an error`() async throws {
        try await connect().run { session throws(DatabaseError) in
            let row = try require(try session.query("SELECT 'x'::text, null::int, 5::int2").first)
            #expect(throws: DatabaseError.self) { try row.value(0, as: Int.self) }
            #expect(throws: DatabaseError.self) { try row.value(1, as: Int.self) }
            #expect(throws: DatabaseError.self) { try row.value(3, as: Int.self) }
            #expect(throws: DatabaseError.self) { try row.value(-1, as: Int.self) }
            #expect(throws: DatabaseError.self) { try row.value(2, as: UUID.self) }
            #expect(try row.value(2, as: Int.self) == 5)
        }
    }

    @Test func `an error has its state and constraint, and no value`() async throws {
        let canary = "CAN-4711"
        let connection = try await connect()
        try await connection.run { session throws(DatabaseError) in
            try session.run("CREATE TABLE t (a text UNIQUE, b bigint CHECK (b > 0))")
        }
        let statements: [(StaticString, SQLValue, String)] = [
            ("INSERT INTO t (a) VALUES ($1)", .text(canary), "23505"),
            ("SELECT $1::text::bigint", .text(canary), "22P02"),
            ("SELECT $1::text::uuid", .text(canary), "22P02"),
            ("SELECT no_such_column, $1", .text(canary), "42703"),
        ]
        for (sql, value, state) in statements {
            let error = await #expect(throws: DatabaseError.self) {
                try await connection.transaction { session throws(DatabaseError) in
                    try session.query(sql, value)
                    _ = try session.query(sql, value)
                }
            }
            #expect(error?.sqlState == state)
            #expect(error?.description.contains(canary) == false)
            #expect(error?.isRetryable == false)
            #expect(await connection.isReusable)
        }
        let check = await #expect(throws: DatabaseError.self) {
            try await connection.transaction { session throws(DatabaseError) in
                _ = try session.query("INSERT INTO t (b) VALUES ($1)", .int(-1))
            }
        }
        #expect(check?.constraint == "t_b_check")
    }

    @Test func `a transaction that failed and goes on is not taken for committed`() async throws {
        let connection = try await connect()
        let error = await #expect(throws: DatabaseError.self) {
            try await connection.transaction(tenant: TenantID()) { session throws(DatabaseError) in
                _ = try? session.query("SELECT 1 / $1", .int(0 as Int64?))
                _ = try? session.query("SELECT 1 / 0")
            }
        }
        #expect(error?.sqlState == "25P02")
        #expect(await connection.isReusable)
    }

    @Test func `the tenant holds for its transaction alone`() async throws {
        let connection = try await connect()
        let tenant = TenantID()
        func setting(_ tenant: TenantID?) async throws -> String? {
            try await connection.transaction(tenant: tenant) { session throws(DatabaseError) in
                try session.query("SELECT current_setting('app.current_tenant', true)").first?
                    .optional(0)
            }
        }
        #expect(try await setting(nil) == nil)
        #expect(try await setting(tenant) == tenant.description)
        #expect(try await setting(nil) == "")
    }

    @Test func `statements and locks have limits`() async throws {
        var settings = try await CatalogFixture.emptyDatabase()
        settings.statementTimeout = 100
        let connection = try await Connection.open(settings)
        let error = await #expect(throws: DatabaseError.self) {
            try await connection.transaction { session throws(DatabaseError) in
                _ = try session.query("SELECT pg_sleep(30)::text")
            }
        }
        #expect(error?.sqlState == "57014")
        #expect(error?.isRetryable == true)
        #expect(await connection.isReusable)
    }

    /// The connection stands, and nobody answers: libpq alone would wait for ever.
    @Test func `a server that hangs ends the wait by the client's own limit`() async throws {
        var settings = try await CatalogFixture.emptyDatabase()
        settings.statementTimeout = 100
        let connection = try await Connection.open(settings)
        let backend = try await connection.run { session throws(DatabaseError) in
            try session.query("SELECT pg_backend_pid()::bigint").first?.value(0, as: Int.self) ?? 0
        }
        #expect(kill(pid_t(backend), SIGSTOP) == 0)
        defer { kill(pid_t(backend), SIGCONT) }
        let error = await #expect(throws: DatabaseError.self) {
            try await connection.run { session throws(DatabaseError) in
                _ = try session.query("SELECT 1")
            }
        }
        #expect(error?.isRetryable == true)
        #expect(await connection.isReusable == false)
    }
}

/// `#require` with the error that a session's closure may throw.
private func require<Value>(_ value: Value?) throws(DatabaseError) -> Value {
    guard let value else { throw DatabaseError(.decoding, "no row") }
    return value
}
