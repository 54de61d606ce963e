package import Database
import Domain
import FoundationEssentials

/// Everything that is kept in PostgreSQL, as calls.
///
/// Calls that name a tenant run as `sparc_app` under row-level security, in a transaction that has
/// the tenant set; each also names the tenant in its statement, so that either guard alone holds.
/// Calls of the fleet run as `sparc_platform`, whose answers never reach a tenant.
package final class Catalog: Sendable {
    /// Whose share of the connections what strangers bring along takes, whatever organisation it
    /// names: no organisation has this id.
    static let strangers = TenantID(UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
    /// Most gaps of one answer.
    package static let gapLimit = 10_000

    private let app: ConnectionPool
    private let platform: ConnectionPool
    /// What keeps the answer of a change; nil: nothing does.
    private let recorder: AnswerRecorder?
    /// What a change asks first; nil: nothing.
    private let condition: ChangeCondition?

    /// - Parameters:
    ///   - app: Connects as `sparc_app`.
    ///   - platform: Connects as `sparc_platform`.
    package init(app: ConnectionPool, platform: ConnectionPool) {
        self.app = app
        self.platform = platform
        recorder = nil
        condition = nil
    }

    private init(
        _ other: Catalog,
        recorder: AnswerRecorder? = nil,
        condition: ChangeCondition? = nil
    ) {
        app = other.app
        platform = other.platform
        self.recorder = recorder
        self.condition = condition
    }

    /// The same catalogue, whose one changing call keeps its answer under an idempotency key.
    package func recording(_ recorder: AnswerRecorder) -> Catalog {
        Catalog(self, recorder: recorder, condition: condition)
    }

    /// The same catalogue, whose changing calls throw `changed` unless a condition holds; with nil
    /// they ask nothing.
    package func onlyIf(_ condition: ChangeCondition?) -> Catalog {
        Catalog(self, recorder: recorder, condition: condition)
    }

    /// One round trip on each pool.
    package func checkHealth() async throws(CatalogError) {
        try await catalogErrors { () throws(DatabaseError) in
            try await app.check()
            try await platform.check()
        }
    }

    /// Refuses new calls and ends the connections.
    package func shutdown() async {
        app.close()
        platform.close()
    }

    /// When the database answered last, whomever; nil: it has not yet.
    package var answeredAt: ContinuousClock.Instant? {
        [app.answeredAt, platform.answeredAt].compactMap { $0 }.max()
    }

    /// A transaction of one tenant.
    /// - Parameters:
    ///   - actor: Who acts, for the audit log; nil: the task's `AuditTrail`.
    ///   - share: Whose share of the connections it takes; nil: the tenant's.
    func asTenant<Value: Sendable>(
        _ tenant: TenantID,
        _ mode: TransactionMode = .readOnly,
        by actor: AuditActor? = nil,
        share: TenantID? = nil,
        _ body: @escaping @Sendable (inout Session) throws(DatabaseError) -> Value
    ) async throws(CatalogError) -> Value {
        let actor = mode == .readWrite ? actor?.text ?? AuditTrail.current?.text : nil
        let recorder = recorder
        let condition = condition
        guard mode == .readWrite, recorder != nil || condition != nil else {
            return try await catalogErrors { () throws(DatabaseError) in
                try await app.transaction(mode, tenant: tenant, share: share, actor: actor, body)
            }
        }
        return try await catalogErrors { () throws(DatabaseError) in
            try await app.transaction(mode, tenant: tenant, share: share, actor: actor) {
                session throws(DatabaseError) in
                if let condition, !(try condition.isMet(tenant, &session)) {
                    throw DatabaseError(
                        .server,
                        "it was changed meanwhile",
                        sqlState: CatalogError.changedState
                    )
                }
                let value = try body(&session)
                if let recorder { try Self.record(value, recorder, &session) }
                return value
            }
        }
    }

    /// A transaction before a tenant is known: `sparc_app` sees no row in it.
    func asNobody<Value: Sendable>(
        _ body: @escaping @Sendable (inout Session) throws(DatabaseError) -> Value
    ) async throws(CatalogError) -> Value {
        try await catalogErrors { () throws(DatabaseError) in
            try await app.transaction(.readOnly, body)
        }
    }

    /// A transaction over all tenants.
    func asPlatform<Value: Sendable>(
        _ mode: TransactionMode = .readOnly,
        _ body: @escaping @Sendable (inout Session) throws(DatabaseError) -> Value
    ) async throws(CatalogError) -> Value {
        let actor = mode == .readWrite ? AuditTrail.current?.text : nil
        return try await catalogErrors { () throws(DatabaseError) in
            try await platform.transaction(mode, actor: actor, body)
        }
    }
}
