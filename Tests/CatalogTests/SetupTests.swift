import Catalog
import Database
import Domain
import TestSupport
import Testing

/// The set-up token in the database: who may do what with it, and what makes it good.
@Suite struct SetupTests {
    private static let hash = [UInt8](repeating: 7, count: 32)

    private func organisation(
        _ name: String = "Example",
        email: String = "owner@example.com"
    )
        -> NewOrganisation
    {
        NewOrganisation(
            name: name,
            domain: name.lowercased(),
            email: email,
            passwordHash: "$argon2id$",
            role: "owner"
        )
    }

    /// A database with the schema and nothing in it.
    private func empty() async throws -> (owner: ConnectionSettings, catalog: Catalog) {
        let owner = try await CatalogFixture.emptyDatabase()
        try await CatalogFixture.bootstrap(owner, CatalogMigrations.all)
        return (
            owner,
            Catalog(
                app: ConnectionPool(owner.connecting(as: "sparc_app", password: "app"), size: 4),
                platform: ConnectionPool(
                    owner.connecting(as: "sparc_platform", password: "platform"),
                    size: 2
                )
            )
        )
    }

    private func run(_ owner: ConnectionSettings, _ script: String) async throws {
        let connection = try await Connection.open(owner)
        try await connection.run { session throws(DatabaseError) in try session.run(script) }
        await connection.close()
    }

    @Test func `a token is good once, and for nobody once there is an organisation`() async throws {
        let (_, catalog) = try await empty()
        #expect(try await !catalog.isSetUp())
        #expect(try await !catalog.isSetupOpen(tokenHash: Self.hash))
        #expect(try await catalog.offerSetup(tokenHash: Self.hash))
        #expect(try await catalog.isSetupOpen(tokenHash: Self.hash))
        let user = try #require(
            try await catalog.completeSetup(tokenHash: Self.hash, organisation())
        )
        #expect(try await catalog.isSetUp())
        #expect(try await catalog.tenant(user.tenant)?.name == "Example")
        #expect(try await catalog.completeSetup(tokenHash: Self.hash, organisation("B")) == nil)
        #expect(try await !catalog.offerSetup(tokenHash: Self.hash))
        #expect(try await !catalog.isSetupOpen(tokenHash: Self.hash))
        await catalog.shutdown()
    }

    @Test func `an expired token and a wrong one make nothing`() async throws {
        let (owner, catalog) = try await empty()
        #expect(try await catalog.offerSetup(tokenHash: Self.hash))
        let other = [UInt8](repeating: 8, count: 32)
        #expect(try await catalog.completeSetup(tokenHash: other, organisation()) == nil)
        try await run(owner, "UPDATE sparc.setup_links SET expires_at = now()")
        #expect(try await catalog.completeSetup(tokenHash: Self.hash, organisation()) == nil)
        #expect(try await !catalog.isSetUp())
        await catalog.shutdown()
    }

    @Test func `a user that cannot be made takes the organisation back and leaves the token`()
        async throws
    {
        let (_, catalog) = try await empty()
        #expect(try await catalog.offerSetup(tokenHash: Self.hash))
        let error = await #expect(throws: CatalogError.self) {
            _ = try await catalog.completeSetup(tokenHash: Self.hash, organisation(email: "a"))
        }
        #expect(error?.code == .invalid)
        #expect(try await !catalog.isSetUp())
        #expect(try await catalog.isSetupOpen(tokenHash: Self.hash))
        await catalog.shutdown()
    }

    @Test func `a link is not offered while somebody sets up`() async throws {
        let (owner, catalog) = try await empty()
        #expect(try await catalog.offerSetup(tokenHash: Self.hash))
        let slow = try await Connection.open(
            owner.connecting(as: "sparc_app", password: "app")
        )
        let tenant = TenantID()
        async let offered = catalog.offerSetup(tokenHash: [UInt8](repeating: 9, count: 32))
        let begun: Bool? = try await slow.transaction(.readWrite, tenant: tenant) {
            session throws(DatabaseError) in
            let begun: Bool? = try session.query(
                "SELECT begin_setup($1, $2, $3, $4)",
                .bytes(Self.hash),
                .id(tenant),
                .text("Slow"),
                .text("slow")
            ).first?.value(0)
            try session.run("SELECT pg_sleep(0.3)")
            return begun
        }
        // Whichever came first: with an organisation there is no link, without one no organisation.
        #expect(try await offered != begun)
        await slow.close()
        await catalog.shutdown()
    }

    @Test(arguments: [
        ("sparc_app", "SELECT * FROM setup_links"),
        ("sparc_app", "SELECT offer_setup('\\x00')"),
        ("sparc_platform", "SELECT * FROM setup_links"),
        ("sparc_platform", "INSERT INTO setup_links (token_hash, expires_at) VALUES ('', now())"),
        (
            "sparc_platform",
            "SELECT begin_setup('\\x00', gen_random_uuid(), 'a', 'a')"
        ),
    ]) func `no role can do more with it than its part`(_ role: String, _ sql: String) async throws
    {
        let (owner, catalog) = try await empty()
        let password = role == "sparc_app" ? "app" : "platform"
        let connection = try await Connection.open(
            owner.connecting(as: role, password: password)
        )
        let error = await #expect(throws: DatabaseError.self) {
            try await connection.run { session throws(DatabaseError) in try session.run(sql) }
        }
        #expect(error?.sqlState == "42501")
        await connection.close()
        await catalog.shutdown()
    }

    @Test func `the owner makes no tenant but that of its transaction`() async throws {
        let (owner, catalog) = try await empty()
        let error = await #expect(throws: DatabaseError.self) {
            try await run(
                owner,
                "SET ROLE sparc_owner; INSERT INTO sparc.tenants (name) VALUES ('x')"
            )
        }
        #expect(error?.sqlState == "42501")
        await catalog.shutdown()
    }

    @Test func `of an organisation's name and another one's domain the name counts`() async throws {
        let (owner, catalog) = try await empty()
        let named = try await catalog.createTenant(name: "example.com")
        _ = try await catalog.createTenant(name: "Other")
        try await run(owner, "UPDATE sparc.tenants SET domain = 'example.com' WHERE name = 'Other'")
        #expect(try await catalog.tenantID(named: "Example.com") == named.id)
        await catalog.shutdown()
    }
}
