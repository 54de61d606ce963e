import Catalog
import Database
import Domain
import PasswordHash
import Testing

struct LoginTests {
    @Test func `a seeded login is found whatever the case, and seeded again is the same`()
        async throws
    {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let hash = try await PasswordHasher.hash("admin123")
        let made = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let ids = try await catalog.seedDevelopment(
                        tenantName: "development",
                        email: "admin@sparc.dev",
                        passwordHash: hash,
                        role: "admin"
                    )
                    return [ids.tenant.description, ids.user.description]
                }
            }
            var all: Set<[String]> = []
            for try await ids in group { all.insert(ids) }
            return all
        }
        #expect(made.count == 1)
        let login = try #require(
            try await catalog.loginRecord(tenantName: "Development", email: " Admin@Sparc.dev ")
        )
        #expect(login.tenantName == "development")
        #expect(login.user.role == "admin")
        #expect(await PasswordHasher.verify("admin123", against: login.passwordHash))
        #expect(!"\(login)".contains("argon2"))
        #expect(try await catalog.user(login.user.tenant, login.user.id) == login.user)
        #expect(try await catalog.user(fixture.first, login.user.id) == nil)
        for (tenant, email) in [
            ("First", "admin@sparc.dev"), ("none", "admin@sparc.dev"), ("development", "x@y.z"),
            ("development", "admin@sparc.dev\0"), ("develop\0ment", "admin@sparc.dev"),
            ("' OR 1=1 --", "' OR 1=1 --"),
        ] {
            #expect(try await catalog.loginRecord(tenantName: tenant, email: email) == nil)
        }
        try await catalog.setPasswordHash(login.user.tenant, login.user.id, "other")
        let changed = try await catalog.loginRecord(
            tenantName: "development",
            email: "admin@sparc.dev"
        )
        #expect(changed?.passwordHash == "other")
    }

    @Test func `two tenants may have the same address, one tenant not`() async throws {
        let fixture = try await CatalogFixture.make()
        for tenant in [fixture.first, fixture.second] {
            _ = try await fixture.catalog.createUser(
                tenant,
                email: "a@b.c",
                passwordHash: "x",
                role: "admin"
            )
        }
        let error = await #expect(throws: CatalogError.self) {
            try await fixture.catalog.createUser(
                fixture.first,
                email: "A@B.C",
                passwordHash: "x",
                role: "admin"
            )
        }
        #expect(error?.code == .conflict)
        #expect(error?.constraint == "users_email")
        let unknown = await #expect(throws: CatalogError.self) {
            try await fixture.catalog.createUser(
                TenantID(),
                email: "a@b.c",
                passwordHash: "x",
                role: "admin"
            )
        }
        #expect(unknown?.code == .notFound)
        let twin = await #expect(throws: CatalogError.self) {
            try await fixture.catalog.createTenant(name: "FIRST")
        }
        #expect(twin?.code == .conflict)
    }
}
