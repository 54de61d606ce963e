import CPostgres
import Domain

/// One connection to PostgreSQL: the only owner of libpq's handle, used by one thread at a time.
///
/// The handle is freed by `deinit`. Nothing that libpq returns outlives a call: answers are copied.
@safe
package struct Session: ~Copyable {
    /// Statements kept prepared per connection; the program has fewer.
    private static let preparedLimit = 256
    /// Milliseconds that a server has beyond the time limit of a statement to say that it is over.
    private static let answerGrace = 5_000
    /// Milliseconds that the begin of a transaction may take: nothing is waited for in it, so a
    /// server that needs longer does not answer at all.
    private static let beginLimit = 5_000

    private let connection: OpaquePointer
    /// Milliseconds that an answer may take before the connection counts as lost; 0: without an end.
    private var answerLimit: Int
    /// Names of the prepared statements.
    private var prepared: [StatementKey: String] = [:]

    /// The address of a constant text; equal texts may share one, so the types count too.
    private struct StatementKey: Hashable {
        let text: UInt
        let types: [UInt32]
    }

    private init(connection: OpaquePointer, answerLimit: Int) {
        unsafe self.connection = connection
        self.answerLimit = answerLimit
    }

    deinit {
        unsafe PQfinish(connection)
    }

    /// Connects and sets the limits of `settings`. Blocks for at most the connect timeout per
    /// address of the host.
    static func open(_ settings: ConnectionSettings) throws(DatabaseError) -> Session {
        var values = settings.values
        values["connect_timeout"] = "\(max(2, settings.connectTimeout))"
        values["client_encoding"] = "UTF8"
        values["application_name"] = values["application_name"] ?? "sparc"
        // A silent network ends the wait for an answer, not only the server's own timeout.
        values["tcp_user_timeout"] = values["tcp_user_timeout"] ?? "30000"
        values["keepalives_idle"] = values["keepalives_idle"] ?? "30"
        let pointer = unsafe withCStrings(Array(values.keys)) { keys in
            unsafe withCStrings(Array(values.keys).map { values[$0] ?? "" }) { texts in
                unsafe PQconnectdbParams(keys, texts, 0)
            }
        }
        guard let pointer = unsafe pointer else {
            throw DatabaseError(.connection, "no memory for a connection")
        }
        guard unsafe PQstatus(pointer) == CONNECTION_OK else {
            defer { unsafe PQfinish(pointer) }
            throw DatabaseError(
                .connection,
                "\(settings) does not answer: \(unsafe text(of: pointer))"
            )
        }
        let limit = settings.statementTimeout
        var session = unsafe Session(
            connection: pointer,
            answerLimit: limit == 0 ? 0 : limit + Self.answerGrace
        )
        try session.run(
            """
            SET search_path = \(settings.searchPath);
            SET statement_timeout = \(settings.statementTimeout);
            SET lock_timeout = \(settings.lockTimeout);
            SET idle_in_transaction_session_timeout = \(settings.idleTransactionTimeout);
            SET timezone = 'UTC'; SET client_min_messages = warning;
            """
        )
        return session
    }

    /// Whether the connection still stands, as far as the last call told.
    package var isOpen: Bool {
        unsafe PQstatus(connection) == CONNECTION_OK
    }

    /// Whether a transaction is open or has failed and was not rolled back.
    package var isInTransaction: Bool {
        unsafe PQtransactionStatus(connection) != PQTRANS_IDLE
    }

    /// Runs one prepared statement. The text is a constant of the program, so no value of a request
    /// can become a part of it.
    @discardableResult
    package mutating func query(
        _ sql: StaticString,
        _ parameters: SQLValue...
    ) throws(DatabaseError) -> RowSet {
        let name = try prepare(sql, parameters)
        let values = parameters.map { $0.encoded }
        let lengths = values.map { Int32(clamping: $0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: values.count)
        let result = unsafe withPointers(to: values) { pointers in
            unsafe waiting {
                unsafe PQexecPrepared(
                    connection,
                    name,
                    Int32(values.count),
                    pointers,
                    lengths,
                    formats,
                    1
                )
            }
        }
        return try unsafe PostgresResult(result, connection: connection).rows()
    }

    /// Runs statements of the program that take no value: migrations, settings, BEGIN and COMMIT.
    package mutating func run(_ script: String) throws(DatabaseError) {
        try run(script, limit: nil)
    }

    private mutating func run(_ script: String, limit: Int?) throws(DatabaseError) {
        let result = unsafe waiting(limit: limit) { unsafe PQexec(connection, script) }
        try unsafe PostgresResult(result, connection: connection).check()
    }

    /// For statements that take as long as they take, such as migrations.
    mutating func liftTimeLimit() throws(DatabaseError) {
        try run("SET statement_timeout = 0")
        answerLimit = 0
    }

    /// Calls `body`, which sends to the server and waits for its answer.
    /// - Parameter limit: Milliseconds, if it is shorter than for any statement.
    private func waiting<Result>(limit: Int? = nil, _ body: () -> Result) -> Result {
        let shorter = answerLimit == 0 ? 0 : min(limit ?? answerLimit, answerLimit)
        return AnswerGuard.wait(on: unsafe PQsocket(connection), limit: shorter, body)
    }

    /// Whether the next borrower finds it as new.
    var isReusable: Bool {
        isOpen && !isInTransaction
    }

    /// BEGIN, and who it is for, for this transaction alone, in one round trip.
    mutating func begin(
        _ mode: TransactionMode,
        tenant: TenantID?,
        actor: String?
    ) throws(DatabaseError) {
        let settings = [tenant?.description ?? "", mode == .readWrite ? actor ?? "" : ""]
        guard settings.contains(where: { !$0.isEmpty }) else {
            return try run(mode.begin, limit: Self.beginLimit)
        }
        guard unsafe PQenterPipelineMode(connection) == 1 else {
            throw DatabaseError(.connection, "the connection cannot enter pipeline mode")
        }
        let values = settings.map { Array($0.utf8) }
        let sent = unsafe withPointers(to: values) { pointers in
            unsafe PQsendQueryParams(connection, mode.begin, 0, nil, nil, nil, nil, 1) == 1
                && PQsendQueryParams(
                    connection,
                    "SELECT set_config('app.current_tenant', $1, true), "
                        + "set_config('app.actor', $2, true)",
                    2,
                    [25, 25],
                    pointers,
                    values.map { Int32(clamping: $0.count) },
                    [1, 1],
                    1
                ) == 1
                && PQpipelineSync(connection) == 1
        }
        var failure: DatabaseError?
        if sent {
            failure = waiting(limit: Self.beginLimit) { drainPipeline() }
        } else {
            failure = DatabaseError(.connection, unsafe Self.text(of: connection))
        }
        if unsafe PQexitPipelineMode(connection) != 1, failure == nil {
            failure = DatabaseError(.connection, unsafe Self.text(of: connection))
        }
        if let failure { throw failure }
    }

    /// COMMIT. A transaction that had failed answers it with ROLLBACK: that is an error.
    mutating func commit() throws(DatabaseError) {
        let result = unsafe waiting { unsafe PQexec(connection, "COMMIT") }
        let owner = unsafe PostgresResult(result, connection: connection)
        try owner.check()
        guard owner.command == "COMMIT" else {
            throw DatabaseError(
                .server,
                "the transaction had failed and was rolled back",
                sqlState: "25P02"
            )
        }
    }

    /// Ends a transaction without an effect; what goes wrong shows in `isOpen`.
    mutating func rollBack() {
        if isOpen, isInTransaction { try? run("ROLLBACK") }
    }

    /// The SCRAM verifier of a password, so that the password itself never is in a statement.
    package func passwordVerifier(_ password: String, user: String) throws(DatabaseError) -> String
    {
        guard
            let text = unsafe PQencryptPasswordConn(connection, password, user, "scram-sha-256")
        else { throw DatabaseError(.connection, "the password cannot be prepared") }
        defer { unsafe PQfreemem(text) }
        return unsafe String(cString: text)
    }

    private mutating func prepare(
        _ sql: StaticString,
        _ parameters: [SQLValue]
    ) throws(DatabaseError) -> String {
        let types = parameters.map { $0.type }
        let key = unsafe StatementKey(text: UInt(bitPattern: sql.utf8Start), types: types)
        if let name = prepared[key] { return name }
        if prepared.count >= Self.preparedLimit {
            try run("DEALLOCATE ALL")
            prepared = [:]
        }
        let name = "s\(prepared.count)"
        let result = unsafe waiting {
            unsafe PQprepare(
                connection,
                name,
                sql.description,
                Int32(types.count),
                types
            )
        }
        try unsafe PostgresResult(result, connection: connection).check()
        prepared[key] = name
        return name
    }

    /// Reads up to the synchronisation point; the first error of the pipeline.
    private func drainPipeline() -> DatabaseError? {
        var failure: DatabaseError?
        // Two commands, each ended by a null, and the synchronisation point.
        for _ in 0..<8 {
            guard let result = unsafe PQgetResult(connection) else {
                if !isOpen {
                    return failure ?? DatabaseError(.connection, unsafe Self.text(of: connection))
                }
                continue
            }
            let owner = unsafe PostgresResult(result, connection: connection)
            if owner.isPipelineEnd { return failure }
            do throws(DatabaseError) {
                try owner.check()
            } catch {
                failure = failure ?? error
            }
        }
        return failure ?? DatabaseError(.connection, "the pipeline did not end")
    }

    /// libpq's message on one line, without its newline.
    fileprivate static func text(of connection: OpaquePointer) -> String {
        guard let message = unsafe PQerrorMessage(connection) else { return "no message" }
        let lines = unsafe String(cString: message).split(separator: "\n")
        return lines.isEmpty ? "the connection was lost" : lines.joined(separator: "; ")
    }
}

/// One answer of libpq: the owner of its memory.
@safe
private struct PostgresResult: ~Copyable {
    private let result: OpaquePointer?
    private let connection: OpaquePointer

    init(_ result: OpaquePointer?, connection: OpaquePointer) {
        unsafe self.result = result
        unsafe self.connection = connection
    }

    deinit {
        unsafe PQclear(result)
    }

    var isPipelineEnd: Bool {
        unsafe PQresultStatus(result) == PGRES_PIPELINE_SYNC
    }

    /// The command's name as the server says it, such as `COMMIT`.
    var command: String {
        guard let text = unsafe PQcmdStatus(result) else { return "" }
        return unsafe String(cString: text)
    }

    func check() throws(DatabaseError) {
        let status = unsafe PQresultStatus(result)
        switch status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
        case PGRES_PIPELINE_ABORTED:
            throw DatabaseError(.server, "an earlier statement failed", sqlState: "25P02")
        default: throw failure()
        }
    }

    /// All rows, copied. The bound of their number is in the statement.
    func rows() throws(DatabaseError) -> RowSet {
        try check()
        let count = Int(unsafe PQntuples(result))
        let columns = Int(unsafe PQnfields(result))
        var bytes: [UInt8] = []
        var cells: [(offset: Int, length: Int)] = []
        cells.reserveCapacity(count * columns)
        for row in 0..<Int32(count) {
            for column in 0..<Int32(columns) {
                guard unsafe PQgetisnull(result, row, column) == 0 else {
                    cells.append((bytes.count, -1))
                    continue
                }
                let length = Int(unsafe PQgetlength(result, row, column))
                cells.append((bytes.count, length))
                guard let value = unsafe PQgetvalue(result, row, column) else { continue }
                unsafe bytes.append(
                    contentsOf: UnsafeRawBufferPointer(start: value, count: length)
                )
            }
        }
        let types = (0..<Int32(columns)).map { unsafe PQftype(result, $0) }
        let affected = unsafe PQcmdTuples(result).flatMap { unsafe Int(String(cString: $0)) }
        return RowSet(
            bytes: bytes,
            cells: cells,
            types: types,
            count: count,
            affected: affected ?? count
        )
    }

    private func failure() -> DatabaseError {
        guard let state = field(sparc_pg_diag_sqlstate()) else {
            return DatabaseError(.connection, unsafe Session.text(of: connection))
        }
        // The primary message of a wrong value repeats it ("invalid input syntax ... "x"").
        let primary = field(sparc_pg_diag_message()) ?? "no message"
        let message = state.hasPrefix("22") ? "a value is outside its type's range" : primary
        return DatabaseError(
            .server,
            message,
            sqlState: state,
            constraint: field(sparc_pg_diag_constraint())
        )
    }

    private func field(_ code: Int32) -> String? {
        guard let text = unsafe PQresultErrorField(result, code) else { return nil }
        return unsafe String(cString: text)
    }
}
