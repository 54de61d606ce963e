import API
import Coordinator
import Database
import Domain
import Processes
import Testing

/// An organisation whose people log in through a stub provider, and a browser's steps on the way.
struct ProviderLoginFixture: Sendable {
    static let networks = AddressPolicy.parse("127.0.0.0/8").policy

    let bed: TestBed
    let stub: StubProvider
    let client: ProviderClient
    let owner: Member
    /// Its id.
    let provider: String

    /// What a browser got at the beginning.
    struct Begun: Sendable {
        var location: String
        var query: [String: String]
        /// `name=value`.
        var cookie: String
    }

    static func make(
        publicURL: String = "https://sparc.example.com",
        deadline: Duration = .seconds(5),
        more: String = #""creates_people":true"#
    ) async throws -> ProviderLoginFixture {
        let stub = try await StubProvider()
        let client = ProviderClient(networks: networks, deadline: deadline) {
            SystemClock.monotonic()
        }
        let bed = try await TestBed.shared().variant {
            $0.providers = client
            $0.providerNetworks = networks
            $0.publicURL = publicURL
        }
        let owner = try await bed.member()
        let fixture = ProviderLoginFixture(
            bed: bed,
            stub: stub,
            client: client,
            owner: owner,
            provider: try await add(stub, owner, bed, more)
        )
        return fixture
    }

    /// Adds the stub as a provider of an organisation; returns the id.
    static func add(
        _ stub: StubProvider,
        _ owner: Member,
        _ bed: TestBed,
        _ more: String
    ) async throws -> String {
        try await bed.run { api in
            let answer = try await api.post(
                "/api/v1/identity-providers",
                owner,
                """
                {"name":"Stub","issuer":"\(stub.issuer)","client_id":"\(StubProvider.clientID)",
                "client_secret":"\(StubProvider.clientSecret)","email_domains":["example.com"],
                "enabled":true,\(more)}
                """
            )
            try #require(answer.status == 201, "\(answer.text)")
            return answer.string("id")
        }
    }

    func close() {
        stub.stop()
        client.close()
    }

    func begin(_ api: APIClient, tenant: String? = nil) async throws -> Begun {
        let answer = try await api.get(
            "/api/v1/auth/oidc/authorize?tenant=\(tenant ?? owner.tenantName)"
        )
        #expect(answer.status == 303)
        let location = answer.header("location") ?? ""
        let cookie = answer.header("set-cookie")?.split(separator: ";").first.map { String($0) }
        let query = location.split(separator: "?", maxSplits: 1).last ?? ""
        return Begun(
            location: location,
            query: StubProvider.items(String(query)),
            cookie: cookie ?? ""
        )
    }

    /// The way back; returns where the browser ends.
    func answer(
        _ api: APIClient,
        _ begun: Begun,
        query: String? = nil,
        cookie: String? = nil,
        provider: String? = nil
    ) async throws -> String {
        let query = query ?? "code=\(stub.consent(begun.query))&state=\(begun.query["state"] ?? "")"
        let answer = try await api.send(
            "GET",
            "/api/v1/auth/oidc/\(provider ?? self.provider)/callback?\(query)",
            headers: [("Cookie", cookie ?? begun.cookie)]
        )
        #expect(answer.status == 303)
        return answer.header("location") ?? ""
    }

    func redeem(
        _ api: APIClient,
        _ location: String,
        cookie: String
    ) async throws -> APIClient.Answer {
        let login = location.split(separator: "=").last ?? ""
        return try await api.send(
            "POST",
            "/api/v1/auth/oidc/token",
            body: #"{"login":"\#(login)"}"#,
            headers: [("Cookie", cookie)]
        )
    }

    /// From begin to where the browser ends.
    func logIn(_ api: APIClient, tenant: String? = nil) async throws -> String {
        let begun = try await begin(api, tenant: tenant)
        return try await answer(api, begun)
    }

    /// Every row of the organisation but those of logins that are under way.
    func rows() async throws -> [String: String] {
        var rows = try await IsolationWorld.snapshot(owner.tenant, bed)
        rows["provider_logins"] = nil
        return rows
    }
}
