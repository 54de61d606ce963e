import Catalog
import Database
import Domain
import Testing

/// Every "at most so many", with a hundred at once where three have room.
struct CountLimitTests {
    /// What is counted.
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case webhook, apiKey, site, role, grant, identityProvider, hold, idempotencyKey, person
        case camera

        var testDescription: String { rawValue }
    }

    /// An owner in a database of its own, with connections enough to be in each other's way.
    private struct World: Sendable {
        var fixture: CatalogFixture
        var catalog: Catalog
        var tenant: TenantID
        var user: User
        var login: SessionID

        var actor: ActingUser { ActingUser(tenant: tenant, id: user.id, role: "owner") }
    }

    private static let hash = "a hash"

    private func world() async throws -> World {
        let fixture = try await CatalogFixture.make()
        let catalog = Catalog(
            app: ConnectionPool(
                fixture.owner.connecting(as: "sparc_app", password: "app"),
                size: 16
            ),
            platform: ConnectionPool(
                fixture.owner.connecting(as: "sparc_platform", password: "platform"),
                size: 1
            )
        )
        let user = try await catalog.createUser(
            fixture.first,
            email: "owner@example.com",
            passwordHash: Self.hash,
            role: "owner"
        )
        let login = SessionID()
        _ = try await open(login, user, catalog)
        return World(
            fixture: fixture,
            catalog: catalog,
            tenant: fixture.first,
            user: user,
            login: login
        )
    }

    private func open(
        _ id: SessionID,
        _ user: User,
        _ catalog: Catalog
    ) async throws -> SessionOpening {
        try await catalog.createSession(
            user,
            passwordHash: Self.hash,
            id: id,
            lifetime: 600,
            address: "",
            agent: ""
        )
    }

    @Test(arguments: Kind.allCases)
    func `of a hundred at once as many are made as there is room for`(_ kind: Kind) async throws {
        let world = try await world()
        try await world.fixture.asSuperuser(filling(kind, world))
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<100 {
                group.addTask { try await make(kind, index, world) }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 3)
    }

    @Test func `of a hundred logins at once as many are left as there may be`() async throws {
        let world = try await world()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask { _ = try await open(SessionID(), world.user, world.catalog) }
            }
            try await group.waitForAll()
        }
        let left = try await world.fixture.count(
            "SELECT count(*) FROM sparc.sessions WHERE ended_at IS NULL"
        )
        #expect(left == Catalog.sessionLimit)
    }

    /// Whether it was made; what is refused is refused for want of room.
    private func make(_ kind: Kind, _ index: Int, _ world: World) async throws -> Bool {
        let (catalog, tenant) = (world.catalog, world.tenant)
        do throws(CatalogError) {
            switch kind {
            case .webhook:
                _ = try await catalog.createWebhook(
                    tenant,
                    id: WebhookID(),
                    url: "https://example.com/",
                    kinds: [],
                    isEnabled: true,
                    secret: [1]
                )
            case .apiKey:
                _ = try await catalog.createAPIKey(
                    tenant,
                    world.user.id,
                    id: APIKeyID(),
                    name: "k",
                    permissions: ["cameras.read"],
                    secretHash: Array(repeating: 1, count: 32),
                    lifetime: 600,
                    in: world.login
                )
            case .site: _ = try await catalog.createSite(tenant, name: "new \(index)")
            case .role:
                _ = try await catalog.createRole(
                    tenant,
                    name: "new \(index)",
                    permissions: ["cameras.read"],
                    by: world.actor
                )
            case .identityProvider:
                _ = try await catalog.createIdentityProvider(
                    tenant,
                    provider,
                    secret: [1],
                    by: world.actor
                )
            case .hold:
                _ = try await catalog.createHold(
                    tenant,
                    NewHold(
                        camera: nil,
                        from: WallTime(seconds: 0),
                        to: WallTime(seconds: 1),
                        reason: "case",
                        createdBy: world.user.id
                    )
                )
            case .idempotencyKey: return try await claim(index, world) == .begin
            case .grant, .person, .camera: try await makeMore(kind, index, world)
            }
        } catch {
            guard [.conflict, .invalid].contains(error.code) else { throw error }
            return false
        }
        return true
    }

    private func makeMore(
        _ kind: Kind,
        _ index: Int,
        _ world: World
    ) async throws(CatalogError) {
        let (catalog, tenant) = (world.catalog, world.tenant)
        switch kind {
        case .grant:
            let site = try await catalog.createSite(tenant, name: "grant \(index)")
            _ = try await catalog.addGrant(
                tenant,
                world.user.id,
                role: "viewer",
                .site(site.id),
                by: world.actor
            )
        case .person:
            _ = try await catalog.inviteUser(
                tenant,
                id: UserID(),
                email: "new\(index)@example.com",
                role: "viewer",
                tokenHash: Array(repeating: 1, count: 32),
                by: world.actor
            )
        default:
            let stream = CameraStream(role: .main, url: "rtsp://127.0.0.1/1", credentials: nil)
            _ = try await catalog.createCamera(tenant, NewCamera(name: "new", streams: [stream]))
        }
    }

    private var provider: IdentityProvider {
        IdentityProvider(
            id: IdentityProviderID(),
            name: "p",
            issuer: "https://id.example.com",
            clientID: "c",
            emailDomains: [],
            assumesVerifiedEmail: false,
            isTrustedForFactor: false,
            createsPeople: false,
            role: "viewer",
            isEnabled: false
        )
    }

    private func claim(
        _ index: Int,
        _ world: World
    ) async throws(CatalogError) -> IdempotencyDecision {
        let request = IdempotentRequest(
            tenant: world.tenant,
            user: world.user.id,
            principal: "\(world.user.id)",
            key: "new-\(index)",
            fingerprint: Array(repeating: 1, count: 32)
        )
        return try await world.catalog.claim(AnswerRecorder(request) { (_: Int) in nil })
    }

    /// Leaves room for three.
    private func filling(_ kind: Kind, _ world: World) -> String {
        let (tenant, user) = (world.tenant, world.user.id)
        func rows(_ limit: Int, _ table: String, _ columns: String, _ values: String) -> String {
            """
            INSERT INTO sparc.\(table) (tenant_id, \(columns))
            SELECT '\(tenant)', \(values) FROM generate_series(1, \(limit - 3)) AS n
            """
        }
        return switch kind {
        case .webhook:
            rows(
                Webhook.countLimit,
                "webhooks",
                "id, url, secret, kinds",
                #"gen_random_uuid(), 'https://x', '\x01', '{}'"#
            )
        case .apiKey:
            rows(
                APIKey.limit,
                "api_keys",
                "id, user_id, name, secret_hash, permissions, expires_at",
                "gen_random_uuid(), '\(user)', 'k', sha256('x'), '{cameras.read}', "
                    + "now() + interval '1 day'"
            )
        case .site: rows(Catalog.siteLimit, "sites", "name", "'old ' || n")
        case .role:
            rows(
                OwnRole.limit,
                "roles",
                "id, name, permissions",
                "gen_random_uuid(), 'old ' || n, '{cameras.read}'"
            )
        case .grant:
            """
            INSERT INTO sparc.sites (tenant_id, name) VALUES ('\(tenant)', 'of grants');
            """
                + rows(
                    RoleGrant.limit,
                    "grants",
                    "id, user_id, role, site_id",
                    "gen_random_uuid(), '\(user)', 'old ' || n, "
                        + "(SELECT id FROM sparc.sites WHERE name = 'of grants')"
                )
        case .identityProvider:
            rows(
                IdentityProvider.countLimit,
                "identity_providers",
                "id, name, issuer, client_id, client_secret, email_domains, "
                    + "assumes_verified_email, creates_people, role, is_enabled",
                #"gen_random_uuid(), 'p', 'https://x', 'c', '\x01', '{}', false, false, "#
                    + "'viewer', false"
            )
        case .hold:
            rows(
                Hold.limit,
                "holds",
                "from_at, to_at, reason, created_by",
                "now(), now() + interval '1 hour', 'case', gen_random_uuid()"
            )
        case .idempotencyKey:
            rows(
                IdempotentRequest.countLimit,
                "idempotency_keys",
                "user_id, principal, key, fingerprint, claim",
                "'\(user)', '\(user)', 'old-' || n, sha256('x'), gen_random_uuid()"
            )
        // One person is there, the owner.
        case .person: "UPDATE sparc.tenants SET user_limit = 4 WHERE id = '\(tenant)'"
        case .camera: "UPDATE sparc.tenants SET camera_limit = 3 WHERE id = '\(tenant)'"
        }
    }
}
