package import Domain

/// One connection on a thread of its own. A transaction is one call, so nothing comes between its
/// statements.
package actor Connection {
    private nonisolated let executor: ThreadExecutor
    private var session: Session?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    private init() {
        executor = ThreadExecutor(name: "database")
    }

    deinit {
        executor.stop()
    }

    /// Connects.
    package static func open(
        _ settings: ConnectionSettings
    ) async throws(DatabaseError) -> Connection {
        let connection = Connection()
        try await connection.connect(settings)
        return connection
    }

    /// Calls `body` on the connection's thread, outside a transaction.
    package func run<Value: Sendable>(
        _ body: @Sendable (inout Session) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        guard var open = session.take() else {
            throw DatabaseError(.connection, "the connection was lost")
        }
        do throws(DatabaseError) {
            let value = try body(&open)
            session = consume open
            return value
        } catch {
            session = consume open
            throw error
        }
    }

    /// Calls `body` in a transaction, with the tenant set for it alone; an error rolls it back.
    package func transaction<Value: Sendable>(
        _ mode: TransactionMode = .readWrite,
        tenant: TenantID? = nil,
        actor: String? = nil,
        _ body: @Sendable (inout Session) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        try run { session throws(DatabaseError) in
            do throws(DatabaseError) {
                try session.begin(mode, tenant: tenant, actor: actor)
                let value = try body(&session)
                try session.commit()
                return value
            } catch {
                session.rollBack()
                throw error
            }
        }
    }

    /// Whether it can be used again: it stands, and no transaction is open.
    package var isReusable: Bool {
        session?.isReusable ?? false
    }

    /// Ends the connection.
    package func close() {
        session = nil
    }

    private func connect(_ settings: ConnectionSettings) throws(DatabaseError) {
        session = try Session.open(settings)
    }
}
