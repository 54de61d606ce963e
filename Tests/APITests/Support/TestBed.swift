import API
import Alerting
import Catalog
import Coordinator
import Database
import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Identity
import Keys
import Logging
import ObjectStore
import PasswordHash
import Telemetry
import TestSupport
import Testing

/// The whole API on a real PostgreSQL, with a stub in place of the workers; one for all tests of
/// the process, which keep apart by tenant.
struct TestBed: Sendable {
    static let workerToken = "worker-token-of-the-tests-0123456789"
    static let password = "a password of the tests"

    let catalog: Catalog
    let services: APIServices
    private(set) var responder: CallbackResponder<APIContext>
    /// `GET /health`, … as the router has them, without HEAD.
    let routes: Set<String>
    let edge: StubEdge
    let store: String
    let owner: ConnectionSettings

    private init(
        _ catalog: Catalog,
        _ services: APIServices,
        _ edge: StubEdge,
        _ store: String,
        _ owner: ConnectionSettings
    ) throws {
        self.catalog = catalog
        self.services = services
        self.edge = edge
        self.store = store
        self.owner = owner
        let router = try APIRouter.make(services)
        routes = Set(
            router.routes.filter { $0.method != .head }.map {
                "\($0.method.rawValue) \($0.path.description)"
            }
        )
        let whole = router.buildResponder()
        responder = CallbackResponder { try await whole.respond(to: $0, context: $1) }
    }

    /// The same API behind something that answers in its place, or changes what it is asked.
    func planting(
        _ answer:
            @escaping @Sendable (
                Request, APIContext, CallbackResponder<APIContext>
            ) async throws -> Response
    ) -> TestBed {
        var bed = self
        let whole = responder
        bed.responder = CallbackResponder { try await answer($0, $1, whole) }
        return bed
    }

    private actor Holder {
        private var bed: Task<TestBed, any Error>?

        func shared() async throws -> TestBed {
            let task = bed ?? Task { try await TestBed.make() }
            bed = task
            return try await task.value
        }
    }

    private static let holder = Holder()

    static func shared() async throws -> TestBed {
        try await holder.shared()
    }

    /// One of its own, with nobody in it, as after a first production start.
    static func empty() async throws -> TestBed {
        // The shared server's roles have their passwords from here on.
        _ = try await shared()
        return try await make(isDevelopment: false)
    }

    func asSuperuser(_ script: String) async throws {
        let connection = try await Connection.open(owner)
        try await connection.run { session throws(DatabaseError) in try session.run(script) }
        await connection.close()
    }

    /// One of its own, of whose two layers of isolation one is off.
    /// - Parameters:
    ///   - connections: Of requests, at most.
    ///   - isLying: Whether names of tables may be shadowed by views of the schema `lying`.
    static func isolation(
        _ layers: IsolationRun.Layers,
        connections: Int? = nil,
        isLying: Bool = false
    ) async throws -> TestBed {
        _ = try await shared()
        let bed = try await make(
            isDevelopment: false,
            appSearchPath: layers == .rowSecurity || isLying
                ? "lying, pg_catalog, sparc" : nil,
            connections: connections
        )
        // Whether a token's login is over is asked of nobody: its row is behind row security too.
        bed.services.endedSessions.heard(at: WallTime(seconds: 4_000_000_000))
        guard layers != .both, layers != .rowSecurity else { return bed }
        try await bed.asSuperuser(
            """
            DO $$
            DECLARE t regclass;
            BEGIN
                FOR t IN SELECT c.oid::regclass FROM pg_class c WHERE c.relrowsecurity LOOP
                    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', t);
                END LOOP;
            END
            $$
            """
        )
        return bed
    }

    /// Whoever asks for the victim's rows is for the database the caller from now on.
    func lie(_ world: IsolationWorld) async throws {
        try await asSuperuser(
            """
            CREATE SCHEMA lying;
            GRANT USAGE ON SCHEMA lying TO sparc_app;
            CREATE FUNCTION lying.set_config(name text, value text, is_local boolean) RETURNS text
                LANGUAGE sql AS $$
                SELECT pg_catalog.set_config($1, CASE WHEN $2 = '\(world.victim.member.tenant)'
                    THEN '\(world.caller.member.tenant)' ELSE $2 END, $3)
                $$;
            GRANT EXECUTE ON FUNCTION lying.set_config(text, text, boolean) TO sparc_app;
            """
        )
    }

    private static func make(
        isDevelopment: Bool = true,
        appSearchPath: String? = nil,
        connections: Int? = nil
    ) async throws -> TestBed {
        let server = try PostgresServer.shared()
        let owner = server.superuser(try await server.makeDatabase())
        _ = try await CatalogSetup.bootstrap(
            owner: owner,
            appPassword: "app",
            platformPassword: "platform"
        )
        var app = owner.connecting(as: "sparc_app", password: "app")
        if let appSearchPath { app.searchPath = appSearchPath }
        let size = connections ?? (appSearchPath == nil ? 6 : 2)
        let catalog = Catalog(
            app: ConnectionPool(app, size: size, tenantShare: size / 2),
            platform: ConnectionPool(
                owner.connecting(as: "sparc_platform", password: "platform"),
                size: 4
            )
        )
        try await catalog.startupCheck()
        try await catalog.ensurePartitions()
        if isDevelopment {
            _ = try await catalog.seedDevelopment(
                tenantName: DevelopmentLogin.tenant,
                email: DevelopmentLogin.email,
                passwordHash: try await PasswordHasher.hash(DevelopmentLogin.password),
                role: DevelopmentLogin.role.rawValue
            )
        }
        let store = FileManager.default.temporaryDirectory
            .appendingPathComponent("api-tests-\(UUID().uuidString)").path
        return try await make(catalog, StubEdge(), store, owner, isDevelopment)
    }

    /// A coordinator on a catalogue.
    private static func make(
        _ catalog: Catalog,
        _ edge: StubEdge,
        _ store: String,
        _ owner: ConnectionSettings,
        _ isDevelopment: Bool
    ) async throws -> TestBed {
        let keys = try KeyRing(masterKey: Array(0..<32))
        let logger = Logger(label: "api-tests") { _ in SwiftLogNoOpLogHandler() }
        let services = APIServices(
            catalog: catalog,
            tokens: await TokenSigner(SigningKeys(keys)),
            keys: keys,
            signer: try MediaSigner(key: keys.derive(.mediaSignature), keyID: "1"),
            passwords: try await PasswordGate(),
            edge: edge,
            objects: DirectoryStore(root: store),
            fleet: FleetScheduler(catalog: catalog, logger: logger) {
                MonotonicTime(nanoseconds: 0)
            },
            metrics: PrometheusRegistry(),
            cameraNetworks: AddressPolicy.parse("10.0.0.0/8,127.0.0.0/8").policy,
            workerToken: workerToken,
            isDevelopment: isDevelopment,
            logger: logger,
            now: { WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
        )
        return try TestBed(catalog, services, edge, store, owner)
    }

    /// Another coordinator on the same database, which shares nothing else with this one.
    func second() async throws -> TestBed {
        let catalog = Catalog(
            app: ConnectionPool(owner.connecting(as: "sparc_app", password: "app"), size: 6),
            platform: ConnectionPool(
                owner.connecting(as: "sparc_platform", password: "platform"),
                size: 2
            )
        )
        return try await Self.make(catalog, edge, store, owner, services.isDevelopment)
    }

    /// The same API with other services, for tests of settings.
    func variant(_ change: (inout APIServices) -> Void) throws -> TestBed {
        var services = services
        change(&services)
        return try TestBed(catalog, services, edge, store, owner)
    }

    /// Runs a test against the router; every response is checked against the description.
    func run<Value: Sendable>(
        _ body: @Sendable (APIClient) async throws -> Value
    ) async throws -> Value {
        let specification = try Specification.shared()
        return try await Application(responder: responder).test(.router) { client in
            try await body(APIClient(client: client, specification: specification))
        }
    }

    /// As `run`, over connections from 127.0.0.1.
    func runLive<Value: Sendable>(
        _ body: @Sendable (APIClient) async throws -> Value
    ) async throws -> Value {
        let specification = try Specification.shared()
        return try await Application(
            responder: responder,
            configuration: .init(address: .hostname("127.0.0.1", port: 0))
        ).test(.live) { client in
            try await body(APIClient(client: client, specification: specification))
        }
    }

    /// Opens an alert of a camera, with its event.
    func raiseAlert(_ tenant: TenantID, _ camera: CameraID) async throws {
        _ = try await catalog.updateHealth(tenant, camera) { health in
            let alert = Alert(
                tenant: tenant,
                camera: camera,
                kind: .cameraDown,
                reasons: ["offline"],
                openedAt: health.now
            )
            let event = AlertEvents.event(
                .alertOpened,
                alert,
                cameraName: health.name,
                at: health.now
            )
            return CameraHealthChange(alerts: [alert], events: [event])
        }
    }

    /// A new organisation with one user of a role, logged in.
    func member(_ role: Role = .owner, of tenant: TenantID? = nil) async throws -> Member {
        let name = "tenant-\(UUID().uuidString.prefix(8))"
        let id: TenantID
        if let tenant { id = tenant } else { id = try await catalog.createTenant(name: name).id }
        let email = "\(role.rawValue)-\(UUID().uuidString.prefix(8))@example.com".lowercased()
        let hash = try await Self.hash()
        let user = try await catalog.createUser(
            id,
            email: email,
            passwordHash: hash,
            role: role.rawValue
        )
        let session = SessionID()
        let opening = try await catalog.createSession(
            user,
            passwordHash: hash,
            id: session,
            lifetime: 3_600,
            address: "",
            agent: "tests of \(email)"
        )
        #expect(opening == .opened(ended: [], enrolsOnly: false))
        var member = Member(
            tenant: id,
            tenantName: tenant == nil ? name : "",
            user: user.id,
            email: email,
            session: session,
            token: ""
        )
        member.token = try await token(member, of: role)
        return member
    }

    /// A token of somebody's login, good for ten minutes.
    func token(_ member: Member, of role: Role) async throws -> String {
        let seconds = services.now().microseconds / 1_000_000
        return try await services.tokens.sign(
            TokenClaims(
                tenant: member.tenant,
                user: member.user,
                role: role.rawValue,
                session: member.session,
                id: UUID().uuidString,
                issuedAt: seconds,
                expiresAt: seconds + 600
            )
        )
    }

    private actor Hash {
        private var text: String?

        func value() async throws -> String {
            if let text { return text }
            let new = try await PasswordHasher.hash(TestBed.password)
            text = new
            return new
        }
    }

    private static let hashes = Hash()

    static func hash() async throws -> String {
        try await hashes.value()
    }
}

/// Somebody who is logged in.
struct Member: Sendable {
    var tenant: TenantID
    var tenantName: String
    var user: UserID
    var email: String
    var session: SessionID
    var token: String
}
