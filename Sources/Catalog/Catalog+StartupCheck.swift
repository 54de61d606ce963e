import Database

extension Catalog {
    /// Refuses to run on connections that could see more than they should, or on a schema that does
    /// not keep tenants apart. All findings are in the error's message.
    package func startupCheck() async throws(CatalogError) {
        var findings = try await asNobody { session throws(DatabaseError) in
            try CatalogAudit.run([.connectedRole, .rowSecurity], &session)
        }
        findings += try await asPlatform { session throws(DatabaseError) in
            try CatalogAudit.run([.connectedRole], &session)
        }
        guard findings.isEmpty else {
            let list = findings.prefix(20).map { $0.description }.joined(separator: "; ")
            throw CatalogError(.forbidden, "the database is not safe to use: \(list)")
        }
    }
}
