import Database
package import Domain

/// Requests that are done once for each key, whatever dies in between:
///
/// 1. `claim` takes the key in a transaction of its own. Who comes second while it is taken is told
///    so; what is lost (no answer after `leaseSeconds`) is taken over, since nothing was changed.
/// 2. The change and its answer are one transaction, which fails if the claim was taken over.
/// 3. The answer is sent. A repeat gets the kept one, also after a crash between 2 and 3.
/// 4. A change that was refused gives the key back (`release`): nothing was changed.
/// 5. After a day `pruneIdempotencyKeys` removes the row.
extension Catalog {
    /// Step 1.
    ///
    /// `conflict`: the principal has `IdempotentRequest.countLimit` keys.
    package func claim(
        _ recorder: AnswerRecorder
    ) async throws(CatalogError) -> IdempotencyDecision {
        let request = recorder.request
        return try await asTenant(request.tenant, .readWrite) { session throws(DatabaseError) in
            // A row that goes between the two statements is looked for again.
            for _ in 0..<3 {
                if try Self.insert(recorder, &session) { return .begin }
                let rows = try session.query(
                    """
                    SELECT fingerprint, answer,
                        extract(epoch FROM now() - claimed_at)::double precision
                    FROM idempotency_keys
                    WHERE tenant_id = $1 AND principal = $2 AND key = $3 FOR UPDATE
                    """,
                    .id(request.tenant),
                    .text(request.principal),
                    .text(request.key)
                )
                let found = try rows.decodeFirst { row throws(DatabaseError) in
                    IdempotencyDecision.decide(
                        fingerprint: request.fingerprint,
                        known: try row.next(),
                        answer: try row.nextOptional(),
                        age: try row.next()
                    )
                }
                guard let found else { continue }
                if found == .begin { try Self.takeOver(recorder, &session) }
                return found
            }
            return .inFlight
        }
    }

    private static func insert(
        _ recorder: AnswerRecorder,
        _ session: inout Session
    ) throws(DatabaseError) -> Bool {
        let request = recorder.request
        // Who takes another one waits here, so none is taken beyond the limit.
        try session.query(
            "SELECT pg_advisory_xact_lock(hashtextextended('idempotency/' || $1 || $2, 0))::text",
            .text("\(request.tenant)/"),
            .text(request.principal)
        )
        let count = try session.query(
            """
            SELECT count(*) FROM (SELECT FROM idempotency_keys
                WHERE tenant_id = $1 AND principal = $2 LIMIT $3) AS k
            """,
            .id(request.tenant),
            .text(request.principal),
            .int(IdempotentRequest.countLimit)
        ).first?.value(0, as: Int.self)
        guard (count ?? 0) < IdempotentRequest.countLimit else {
            throw DatabaseError(.server, "there are enough idempotency keys", sqlState: "23505")
        }
        return try session.query(
            """
            INSERT INTO idempotency_keys (tenant_id, user_id, principal, key, fingerprint, claim)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, principal, key) DO NOTHING
            """,
            .id(request.tenant),
            .id(request.user),
            .text(request.principal),
            .text(request.key),
            .bytes(request.fingerprint),
            .uuid(recorder.claim)
        ).affected == 1
    }

    private static func takeOver(
        _ recorder: AnswerRecorder,
        _ session: inout Session
    ) throws(DatabaseError) {
        let request = recorder.request
        try session.query(
            """
            UPDATE idempotency_keys SET fingerprint = $4, claim = $5, claimed_at = now(),
                answer = NULL
            WHERE tenant_id = $1 AND principal = $2 AND key = $3
            """,
            .id(request.tenant),
            .text(request.principal),
            .text(request.key),
            .bytes(request.fingerprint),
            .uuid(recorder.claim)
        )
    }

    /// Step 2, in the transaction of the change. Fails it with `55P03` if the claim was taken over.
    static func record(
        _ value: any Sendable,
        _ recorder: AnswerRecorder,
        _ session: inout Session
    ) throws(DatabaseError) {
        guard let answer = try recorder.answer(value) else { return }
        let request = recorder.request
        // A provider's change may have gone on in the client's rows.
        try session.query(
            "SELECT set_config('app.current_tenant', $1, true)",
            .text(request.tenant.description)
        )
        let kept = try session.query(
            """
            UPDATE idempotency_keys SET answer = $5
            WHERE tenant_id = $1 AND principal = $2 AND key = $3 AND claim = $4 AND answer IS NULL
            """,
            .id(request.tenant),
            .text(request.principal),
            .text(request.key),
            .uuid(recorder.claim),
            .bytes(answer)
        )
        guard kept.affected == 1 else {
            throw DatabaseError(
                .server,
                "the request took so long that it was given up",
                sqlState: "57014"
            )
        }
    }

    /// Step 4. What has an answer stays: its change was made.
    package func release(_ recorder: AnswerRecorder) async throws(CatalogError) {
        let request = recorder.request
        try await asTenant(request.tenant, .readWrite) { session throws(DatabaseError) in
            _ = try session.query(
                """
                DELETE FROM idempotency_keys
                WHERE tenant_id = $1 AND principal = $2 AND key = $3 AND claim = $4
                    AND answer IS NULL
                """,
                .id(request.tenant),
                .text(request.principal),
                .text(request.key),
                .uuid(recorder.claim)
            )
        }
    }

    /// Step 5.
    /// - Returns: How many went, at most `limit`.
    package func pruneIdempotencyKeys(limit: Int) async throws(CatalogError) -> Int {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            try session.query(
                """
                DELETE FROM idempotency_keys WHERE (tenant_id, principal, key) IN (
                    SELECT tenant_id, principal, key FROM idempotency_keys
                    WHERE claimed_at < now() - interval '1 day' LIMIT $1)
                """,
                .int(limit)
            ).affected
        }
    }
}
