import Database
package import Domain

/// Data keys, and the values that are sealed under them.
extension Catalog: DataKeyStoring {
    /// Most values of one page.
    package static let sealedLimit = 500

    package func currentDataKey(
        _ tenant: TenantID
    ) async throws(CatalogError) -> WrappedDataKey? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try Self.currentDataKey(tenant, &session)
        }
    }

    package func dataKey(
        _ tenant: TenantID,
        _ number: UInt32
    ) async throws(CatalogError) -> WrappedDataKey? {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                "SELECT number, wrapped FROM data_keys WHERE tenant_id = $1 AND number = $2",
                .id(tenant),
                .int(Int64(number))
            ).decodeFirst { row throws(DatabaseError) in try Self.dataKey(&row) }
        }
    }

    package func addDataKey(
        _ tenant: TenantID,
        _ key: WrappedDataKey,
        replacing number: UInt32?
    ) async throws(CatalogError) -> WrappedDataKey {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            // One at a time: whoever comes second finds what the first has made.
            try session.query(
                "SELECT pg_advisory_xact_lock(hashtextextended('data key/' || $1::text, 0))::text",
                .id(tenant)
            )
            let current = try Self.currentDataKey(tenant, &session)
            if let current, current.number != number { return current }
            try session.query(
                """
                UPDATE data_keys SET retired_at = now()
                WHERE tenant_id = $1 AND retired_at IS NULL
                """,
                .id(tenant)
            )
            try session.query(
                "INSERT INTO data_keys (tenant_id, number, wrapped) VALUES ($1, $2, $3)",
                .id(tenant),
                .int(Int64(key.number)),
                .bytes(key.wrapped)
            )
            return key
        }
    }

    /// All data keys of a tenant by number, the current one last.
    package func dataKeys(_ tenant: TenantID) async throws(CatalogError) -> [WrappedDataKey] {
        try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                "SELECT number, wrapped FROM data_keys WHERE tenant_id = $1 ORDER BY number",
                .id(tenant)
            ).decode { row throws(DatabaseError) in try Self.dataKey(&row) }
        }
    }

    /// Stores a data key wrapped anew.
    /// - Returns: False if it is not any more what was read.
    package func replaceDataKey(
        _ tenant: TenantID,
        _ key: WrappedDataKey,
        with wrapped: [UInt8]
    ) async throws(CatalogError) -> Bool {
        try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
            try session.query(
                """
                UPDATE data_keys SET wrapped = $4
                WHERE tenant_id = $1 AND number = $2 AND wrapped = $3
                """,
                .id(tenant),
                .int(Int64(key.number)),
                .bytes(key.wrapped),
                .bytes(wrapped)
            ).affected == 1
        }
    }

    /// Deletes a retired data key.
    /// - Returns: False if it is the current one, or a value needs it still.
    package func deleteDataKey(
        _ tenant: TenantID,
        _ number: UInt32
    ) async throws(CatalogError) -> Bool {
        do throws(CatalogError) {
            return try await asTenant(tenant, .readWrite) { session throws(DatabaseError) in
                try session.query(
                    """
                    DELETE FROM data_keys
                    WHERE tenant_id = $1 AND number = $2 AND retired_at IS NOT NULL
                    """,
                    .id(tenant),
                    .int(Int64(number))
                ).affected == 1
            }
        } catch {
            guard let constraint = error.constraint,
                constraint.hasSuffix(CatalogError.dataKeySuffix)
            else { throw error }
            return false
        }
    }

    /// Values that are not sealed under a data key, by the name of their rows.
    /// - Parameters:
    ///   - number: The key; what is sealed under it is left out.
    ///   - after: The last row of the page before; empty for the first.
    ///   - limit: 1 to `sealedLimit`; what is outside is cut to that.
    package func sealedValues(
        _ tenant: TenantID,
        _ column: SealedColumn,
        notUnder number: UInt32,
        after: String,
        limit: Int = Catalog.sealedLimit
    ) async throws(CatalogError) -> [SealedValue] {
        let sql: StaticString =
            switch column {
            case .cameraCredentials:
                """
                SELECT camera_id::text || '/' || stream, credentials FROM camera_streams
                WHERE tenant_id = $1 AND credentials IS NOT NULL
                    AND credentials_key IS DISTINCT FROM $2::bigint
                    AND camera_id::text || '/' || stream > $3 ORDER BY 1 LIMIT $4
                """
            case .webhookSecret:
                """
                SELECT id::text, secret FROM webhooks
                WHERE tenant_id = $1 AND secret_key IS DISTINCT FROM $2::bigint
                    AND id::text > $3 ORDER BY 1 LIMIT $4
                """
            case .providerSecret:
                """
                SELECT id::text, client_secret FROM identity_providers
                WHERE tenant_id = $1 AND client_secret_key IS DISTINCT FROM $2::bigint
                    AND id::text > $3 ORDER BY 1 LIMIT $4
                """
            case .factorSeed:
                """
                SELECT user_id::text, sealed_seed FROM second_factors
                WHERE tenant_id = $1 AND sealed_seed_key IS DISTINCT FROM $2::bigint
                    AND user_id::text > $3 ORDER BY 1 LIMIT $4
                """
            }
        return try await asTenant(tenant) { session throws(DatabaseError) in
            try session.query(
                sql,
                .id(tenant),
                .int(Int64(number)),
                .text(after),
                .int(min(max(1, limit), Self.sealedLimit))
            ).decode { row throws(DatabaseError) in
                SealedValue(column: column, row: try row.next(), sealed: try row.next())
            }
        }
    }

    /// Whether a tenant has any sealed value.
    package func hasSealedValues(_ tenant: TenantID) async throws(CatalogError) -> Bool {
        for column in SealedColumn.allCases {
            let first = try await sealedValues(tenant, column, notUnder: 0, after: "", limit: 1)
            if !first.isEmpty { return true }
        }
        return false
    }

    /// Puts values in place of the same ones under another key, in one transaction, each if it is
    /// still what was read.
    /// - Returns: How many were.
    package func rewrap(
        _ tenant: TenantID,
        _ values: [(was: SealedValue, becomes: [UInt8])]
    ) async throws(CatalogError) -> Int {
        try await asPlatform(.readWrite) { session throws(DatabaseError) in
            var changed = 0
            for value in values {
                let rows = try session.query(
                    "SELECT rewrap_secret($1, $2, $3, $4, $5)",
                    .id(tenant),
                    .text(value.was.column.rawValue),
                    .text(value.was.row),
                    .bytes(value.was.sealed),
                    .bytes(value.becomes)
                )
                if try rows.first?.value(0) ?? false { changed += 1 }
            }
            return changed
        }
    }

    private static func currentDataKey(
        _ tenant: TenantID,
        _ session: inout Session
    ) throws(DatabaseError) -> WrappedDataKey? {
        try session.query(
            "SELECT number, wrapped FROM data_keys WHERE tenant_id = $1 AND retired_at IS NULL",
            .id(tenant)
        ).decodeFirst { row throws(DatabaseError) in try dataKey(&row) }
    }

    private static func dataKey(_ row: inout RowReader) throws(DatabaseError) -> WrappedDataKey {
        let number: Int64 = try row.next()
        return WrappedDataKey(
            number: UInt32(truncatingIfNeeded: number),
            wrapped: try row.next()
        )
    }
}
