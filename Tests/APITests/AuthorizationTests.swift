import API
import Catalog
import Domain
import HTTPTypes
import Identity
import Keys
import Testing

/// Which role may call what, for every operation of the description.
struct AuthorizationTests {
    /// Operations that take a person's token, and the permission that the description prints for each
    /// (`x-permission`); nil: any valid token.
    private static let table: [String: Permission?] = {
        guard let specification = try? Specification.shared() else { return [:] }
        var table: [String: Permission?] = [:]
        for operation in specification.operations {
            let words = operation.split(separator: " ").map { String($0) }
            guard specification.security(words[0], words[1]).contains("bearer"),
                let name = specification.permission(words[0], words[1])
            else { continue }
            table[operation] = .some(Permission(rawValue: name))
        }
        return table
    }()

    @Test func `the description says which permission each operation needs`() throws {
        let specification = try Specification.shared()
        for operation in specification.operations {
            let words = operation.split(separator: " ").map { String($0) }
            let name = specification.permission(words[0], words[1])
            guard specification.security(words[0], words[1]).contains("bearer") else {
                #expect(name == nil, "\(operation)")
                continue
            }
            #expect(
                name == "any" || name.flatMap { Permission(rawValue: $0) } != nil,
                "\(operation)"
            )
        }
        #expect(Self.table.count > 40)
    }

    private static func uri(_ path: String, _ camera: CameraID) -> String {
        path.replacing("{id}", with: "\(camera)").replacing("{camera_id}", with: "\(camera)")
            .replacing("{grant_id}", with: "\(camera)")
            .replacing("{tenant}", with: "\(camera)").replacing("{camera}", with: "\(camera)")
            .replacing("{stream}", with: "main").replacing("{run}", with: "r")
            .replacing("{file}", with: "1-1.mp4").replacing("{key}", with: "a/b.mp4")
    }

    @Test func `the table names every operation that needs a person's token`() throws {
        let specification = try Specification.shared()
        let described = specification.operations.filter { operation in
            let words = operation.split(separator: " ").map { String($0) }
            return specification.security(words[0], words[1]).contains("bearer")
        }
        #expect(described == Set(Self.table.keys))
    }

    @Test func `every operation asks for what its row says`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        _ = try await bed.catalog.setProvider(owner.tenant, true)
        var members: [(Role, Member)] = []
        for role in Role.builtIn {
            members.append((role, try await bed.member(role, of: owner.tenant)))
        }
        let all = members
        try await bed.run { api in
            for (operation, permission) in Self.table.sorted(by: { $0.key < $1.key }) {
                let words = operation.split(separator: " ").map { String($0) }
                for (role, member) in all {
                    let camera = try await api.addCamera(owner, name: "\(operation) \(role)")
                    let answer = try await api.send(
                        words[0],
                        Self.uri(words[1], camera),
                        token: member.token,
                        body: ["POST", "PATCH", "PUT"].contains(words[0]) ? "{}" : nil
                    )
                    let may = permission.map { role.permissions.contains($0) } ?? true
                    #expect((answer.status == 403) == !may, "\(operation) as \(role)")
                    #expect(answer.status != 401)
                }
            }
        }
    }

    @Test func `no token, a foreign one and a broken one are 401 with one body`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let other = await TokenSigner(
            SigningKeys(try KeyRing(masterKey: [UInt8](repeating: 7, count: 32)))
        )
        let seconds = bed.services.now().microseconds / 1_000_000
        let claims = TokenClaims(
            tenant: member.tenant,
            user: member.user,
            role: "owner",
            session: SessionID(),
            id: "i",
            issuedAt: seconds,
            expiresAt: seconds + 600
        )
        var expired = claims
        expired.expiresAt = seconds - 1
        let signer = bed.services.tokens
        let tokens = [
            nil, "", "x", "a.b.c", try await other.sign(claims),
            RefreshToken(tenant: member.tenant, session: claims.session, generation: 1)
                .text(key: bed.services.keys.derive(.refreshToken)),
            try await signer.sign(expired),
            String(member.token.dropLast()), member.token + "A",
            "eyJhbGciOiJub25lIn0." + member.token.split(separator: ".")[1] + ".",
        ]
        try await bed.run { api in
            var bodies: Set<String> = []
            for token in tokens {
                for operation in Self.table.keys.sorted() {
                    let words = operation.split(separator: " ").map { String($0) }
                    let answer = try await api.send(
                        words[0],
                        Self.uri(words[1], CameraID()),
                        token: token,
                        body: ["POST", "PATCH", "PUT"].contains(words[0]) ? "{}" : nil
                    )
                    #expect(answer.status == 401, "\(operation) \(token ?? "-")")
                    bodies.insert(answer.text)
                }
            }
            #expect(bodies.count == 1)
        }
    }

    @Test func `workers' routes take the worker token only`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let specification = try Specification.shared()
        let operations = specification.operations.filter { $0.contains("/internal/") }
        #expect(operations.count == 5)
        try await bed.run { api in
            for operation in operations.sorted() {
                let words = operation.split(separator: " ").map { String($0) }
                let tokens = [nil, member.token, String(TestBed.workerToken.dropLast())]
                for token in tokens {
                    let answer = try await api.send(
                        words[0],
                        Self.uri(words[1], CameraID()),
                        token: token,
                        body: ["POST", "PATCH", "PUT"].contains(words[0]) ? "{}" : nil
                    )
                    #expect(answer.status == 401, "\(operation)")
                }
            }
            let answer = try await api.send("GET", "/api/v1/me", token: TestBed.workerToken)
            #expect(answer.status == 401)
        }
    }

    @Test func `another organisation's camera is byte for byte a missing one`() async throws {
        let bed = try await TestBed.shared()
        let first = try await bed.member()
        let second = try await bed.member()
        _ = try await bed.catalog.setProvider(second.tenant, true)
        try await bed.run { api in
            let camera = try await api.addCamera(first)
            for operation in Self.table.keys.sorted() where operation.contains("{") {
                let words = operation.split(separator: " ").map { String($0) }
                let query = "?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z"
                let reason = #"{"reason":"x"}"#
                let bodies = [
                    "/api/v1/users/{id}": #"{"role":"viewer"}"#,
                    "/api/v1/sites/{id}": #"{"name":"x"}"#,
                    "/api/v1/roles/{id}": #"{"name":"x"}"#,
                    "/api/v1/tenants/{id}/owner": #"{"email":"x@example.com"}"#,
                    "/api/v1/users/{id}/grants":
                        #"{"role":"viewer","camera_id":"\#(CameraID())"}"#,
                ]
                let isTold = ["/suspend", "/close", "/visits", "/grants", "/owner"].contains {
                    words[1].hasSuffix($0)
                }
                let needsBody = words[0] == "PATCH" || words[0] == "POST" && isTold
                let body = needsBody ? bodies[words[1]] ?? (isTold ? reason : "{}") : nil
                let foreign = try await api.send(
                    words[0],
                    Self.uri(words[1], camera) + query,
                    token: second.token,
                    body: body
                )
                let missing = try await api.send(
                    words[0],
                    Self.uri(words[1], CameraID()) + query,
                    token: second.token,
                    body: body
                )
                #expect(foreign.status == 404, "\(operation)")
                #expect(foreign.bytes == missing.bytes)
                let names = { (answer: APIClient.Answer) in
                    Set(answer.headers.map { $0.name.canonicalName })
                }
                #expect(names(foreign) == names(missing))
            }
            #expect(try await api.get("/api/v1/cameras/\(camera)", first).status == 200)
        }
    }
}
