import Catalog
import Database
import Domain
import Testing

/// What anybody can bring along names an organisation, and has no turn of that one's, or of one that is
/// made up.
struct StrangersTests {
    /// Calls that read what a stranger shows.
    enum Call: CaseIterable {
        case key, invitation, providerOf, beginLogin, answerLogin, redeemLogin
    }

    @Test func `whatever strangers name they wait in one line`() async throws {
        let fixture = try await CatalogFixture.make()
        var app = fixture.owner.connecting(as: "sparc_app", password: "app")
        app.lockTimeout = 600_000
        app.statementTimeout = 600_000
        let pool = ConnectionPool(
            app,
            size: 4,
            leaseTimeout: .milliseconds(200),
            tenantShare: 1
        )
        let platform = fixture.owner.connecting(as: "sparc_platform", password: "platform")
        let catalog = Catalog(app: pool, platform: ConnectionPool(platform, size: 1))
        for stuck in Call.allCases {
            let holder = try await Connection.open(fixture.owner)
            try await holder.run { session throws(DatabaseError) in
                try session.run(
                    """
                    BEGIN; LOCK TABLE sparc.api_keys, sparc.invitations, sparc.identity_providers,
                        sparc.provider_logins IN ACCESS EXCLUSIVE MODE
                    """
                )
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Self.make(stuck, catalog) }
                // It has the strangers' place once a transaction waits for a table.
                while try await fixture.count(
                    """
                    SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                        AND usename = 'sparc_app' AND datname = current_database()
                    """
                ) == 0 { try await Task.sleep(for: .milliseconds(5)) }
                for call in Call.allCases {
                    let error = await #expect(throws: CatalogError.self) {
                        try await Self.make(call, catalog)
                    }
                    #expect(error?.code == .crowded, "\(call) beside \(stuck)")
                }
                // An organisation has its own.
                let neighbour = try await catalog.tenant(fixture.first)
                #expect(neighbour?.name == "First")
                try await holder.run { session throws(DatabaseError) in try session.run("COMMIT") }
                try await group.waitForAll()
            }
            await holder.close()
        }
    }

    private static func make(_ call: Call, _ catalog: Catalog) async throws {
        let hash = [UInt8](repeating: 7, count: 32)
        let tenant = TenantID()
        switch call {
        case .key: _ = try await catalog.usedAPIKey(tenant, APIKeyID(), secretHash: hash)
        case .invitation: _ = try await catalog.invitedUser(tenant, UserID(), tokenHash: hash)
        case .providerOf: _ = try await catalog.enabledProvider(tenantName: "made up \(tenant)")
        case .beginLogin:
            _ = try await catalog.beginProviderLogin(
                tenant,
                NewProviderLogin(
                    id: ProviderLoginID(),
                    provider: IdentityProviderID(),
                    stateHash: hash,
                    browserHash: hash,
                    nonce: "nonce",
                    codeVerifier: "verifier"
                )
            )
        case .answerLogin:
            _ = try await catalog.answerProviderLogin(
                tenant,
                ProviderLoginID(),
                provider: IdentityProviderID(),
                stateHash: hash,
                browserHash: hash
            )
        case .redeemLogin:
            _ = try await catalog.redeemProviderLogin(
                tenant,
                ProviderLoginID(),
                browserHash: hash,
                session: SessionID(),
                lifetime: 60,
                address: "",
                agent: ""
            )
        }
    }
}
