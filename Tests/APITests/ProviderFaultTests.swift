import API
import Catalog
import Coordinator
import Domain
import Identity
import Processes
import Testing

/// Providers that fail, lie or say no: each ends at the login page, and nothing is changed.
@Suite(.serialized) struct ProviderFaultTests {
    @Test func `whatever a provider answers ends at the login page`() async throws {
        for endpoint in StubProvider.Endpoint.allCases {
            for fault in StubProvider.Fault.allCases where fault != .none {
                let fixture = try await ProviderLoginFixture.make(deadline: .milliseconds(300))
                defer { fixture.close() }
                let before = try await fixture.rows()
                try await fixture.bed.run { api in
                    if endpoint == .discovery {
                        fixture.stub.tell { $0.faults[endpoint] = fault }
                        let begun = try await fixture.begin(api)
                        #expect(begun.location == "/#login_error=unavailable", "\(fault)")
                        return
                    }
                    let begun = try await fixture.begin(api)
                    fixture.stub.tell { $0.faults[endpoint] = fault }
                    let end = try await fixture.answer(api, begun)
                    #expect(end == "/#login_error=provider_failed", "\(endpoint) \(fault)")
                    // Used up, whatever it was.
                    fixture.stub.tell { $0.faults = [:] }
                    #expect(try await fixture.answer(api, begun) == "/#login_error=expired")
                    #expect(try await fixture.redeem(api, end, cookie: begun.cookie).status == 403)
                }
                #expect(try await fixture.rows() == before, "\(endpoint) \(fault)")
            }
        }
    }

    @Test func `errors and foreign answers in the browser's query`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        fixture.stub.tell { $0.answersWithIssuer = true }
        let before = try await fixture.rows()
        let issuer = fixture.stub.issuer
        try await fixture.bed.run { api in
            let wanted = [
                "error=access_denied&iss=\(issuer)": "denied",
                "error=login_required&iss=\(issuer)": "denied",
                "error=server_error&iss=\(issuer)": "provider_failed",
                "error=%3Cscript%3E&error_description=x&iss=\(issuer)": "provider_failed",
                "error=access_denied": "provider_failed", "code=x": "provider_failed",
                "code=x&iss=https%3A%2F%2Fevil.example": "provider_failed",
                "code=x&iss=\(issuer)": "provider_failed", "iss=\(issuer)": "provider_failed",
                "code=&iss=\(issuer)": "provider_failed",
            ]
            for (query, word) in wanted.sorted(by: { $0.key < $1.key }) {
                let begun = try await fixture.begin(api)
                let state = begun.query["state"] ?? ""
                let end = try await fixture.answer(api, begun, query: "\(query)&state=\(state)")
                #expect(end == "/#login_error=\(word)", "\(query)")
            }
            // One of them came as far as the provider, which did not know the code.
            #expect(fixture.stub.count(.token) == 1)
            let begun = try await fixture.begin(api)
            let query = "code=\(fixture.stub.consent(begun.query))&iss=\(issuer)"
            let state = begun.query["state"] ?? ""
            let end = try await fixture.answer(api, begun, query: "\(query)&state=\(state)")
            #expect(end.hasPrefix("/#login="))
        }
        #expect(try await fixture.rows() != before)
    }

    @Test func `an ID token of another login, client or provider opens nothing`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let before = try await fixture.rows()
        try await fixture.bed.run { api in
            for (name, value) in [
                ("nonce", "of another login"), ("aud", "another"), ("azp", "another"),
                ("iss", "https://evil.example"), ("sub", ""), ("at_hash", "AAAA"),
                ("exp", "9999999999"),
            ] {
                fixture.stub.tell { $0.claims = [name: value] }
                let end = try await fixture.logIn(api)
                #expect(end == "/#login_error=provider_failed", "\(name)")
            }
        }
        #expect(try await fixture.rows() == before)
    }

    @Test func `a verifier that is not this login's is refused by the provider`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        try await fixture.bed.run { api in
            let begun = try await fixture.begin(api)
            let other = try await fixture.begin(api)
            // The code of one login injected into another.
            let code = fixture.stub.consent(other.query)
            let query = "code=\(code)&state=\(begun.query["state"] ?? "")"
            let end = try await fixture.answer(api, begun, query: query)
            #expect(end == "/#login_error=provider_failed")
            #expect(fixture.stub.count(.token) == 1)
        }
    }

    @Test func `new keys are read once, and unknown ones do not hammer`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        try await fixture.bed.run { api in
            let first = try await fixture.logIn(api)
            #expect(first.hasPrefix("/#login=") && fixture.stub.count(.keys) == 1)
            fixture.stub.tell {
                $0.kid = "2"
                $0.published = ["1", "2"]
            }
            for _ in 0..<3 { #expect(try await fixture.logIn(api).hasPrefix("/#login=")) }
            #expect(fixture.stub.count(.keys) == 2)
            fixture.stub.tell { $0.kid = "3" }
            for _ in 0..<30 {
                #expect(try await fixture.logIn(api) == "/#login_error=provider_failed")
            }
            // Between two readings out of turn there are ten seconds.
            #expect(fixture.stub.count(.keys) <= 4)
            #expect(fixture.stub.count(.discovery) == 1)
        }
    }

    @Test func `a hundred that begin at once ask the provider once`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        try await fixture.bed.run { api in
            let locations = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await fixture.begin(api).location }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(locations.allSatisfy { $0.contains("/authorize?") })
            #expect(Set(locations).count == 100)
            #expect(fixture.stub.count(.discovery) == 1)
        }
    }

    @Test func `many codes at once wait neither for ever nor in one long queue`() async throws {
        let fixture = try await ProviderLoginFixture.make(deadline: .milliseconds(500))
        defer { fixture.close() }
        try await fixture.bed.run { api in
            var all: [ProviderLoginFixture.Begun] = []
            for _ in 0..<(2 * ProviderClient.redemptionLimit) {
                all.append(try await fixture.begin(api))
            }
            fixture.stub.tell { $0.faults[.token] = .hang }
            try await withThrowingTaskGroup(of: String.self) { group in
                for begun in all { group.addTask { try await fixture.answer(api, begun) } }
                for try await end in group { #expect(end == "/#login_error=provider_failed") }
            }
            #expect(fixture.stub.count(.token) <= ProviderClient.redemptionLimit)
            fixture.stub.tell { $0.faults = [:] }
            // The places are free again.
            for _ in 0..<(ProviderClient.redemptionLimit + 1) {
                let end = try await fixture.logIn(api)
                #expect(end.hasPrefix("/#login="))
            }
        }
    }

    @Test func `a provider leads nowhere inside by what it says`() async throws {
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
            for url in [
                "http://169.254.169.254/latest", "http://10.0.0.1/", "file:///etc/passwd",
                "https://localhost/", "http://id.example.com/", "https://user:x@id.example.com/",
                "javascript:alert(1)", "",
            ] {
                let fixture = try await ProviderLoginFixture.make()
                defer { fixture.close() }
                fixture.stub.tell { $0.document[name] = url }
                try await fixture.bed.run { api in
                    let begun = try await fixture.begin(api)
                    #expect(begun.location == "/#login_error=unavailable", "\(name) \(url)")
                }
            }
        }
    }

    @Test func `where a provider is is asked again at the connect`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        let closed = ProviderClient(networks: AddressPolicy(allowed: [])) {
            SystemClock.monotonic()
        }
        defer { closed.close() }
        let bed = try fixture.bed.variant { $0.providers = closed }
        try await bed.run { api in
            let begun = try await fixture.begin(api)
            #expect(begun.location == "/#login_error=unavailable")
            #expect(fixture.stub.count(.discovery) == 0)
        }
    }
}
