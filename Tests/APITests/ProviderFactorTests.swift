import API
import Catalog
import Domain
import Identity
import Testing

/// Whether a login through a provider counts as shown with a second factor.
@Suite(.serialized) struct ProviderFactorTests {
    private func require(_ fixture: ProviderLoginFixture) async throws {
        try await fixture.bed.asSuperuser(
            """
            INSERT INTO sparc.login_policies (tenant_id, requires_second_factor)
            VALUES ('\(fixture.owner.tenant)', true)
            """
        )
    }

    @Test func `where it is required the provider says that it was shown, or is trusted for it`()
        async throws
    {
        for isTrusted in [false, true] {
            let fixture = try await ProviderLoginFixture.make(
                more: #""creates_people":true,"trusted_for_second_factor":\#(isTrusted)"#
            )
            defer { fixture.close() }
            try await require(fixture)
            try await fixture.bed.run { api in
                let cases: [[String]?: Bool] = [
                    nil: isTrusted, []: isTrusted, ["pwd"]: isTrusted, ["pwd", "otp"]: true,
                    ["mfa"]: true,
                ]
                for (methods, isGood) in cases {
                    fixture.stub.tell { $0.methods = methods }
                    let rows = try await fixture.rows()
                    let end = try await fixture.logIn(api)
                    guard !isGood else {
                        #expect(end.hasPrefix("/#login="), "\(methods ?? [])")
                        continue
                    }
                    #expect(end == "/#login_error=second_factor_needed", "\(methods ?? [])")
                    // Nobody was made or linked by it.
                    #expect(try await fixture.rows() == rows)
                }
            }
        }
    }

    @Test func `what is required before the tokens are fetched counts for them`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        try await fixture.bed.run { api in
            let logins = try await [nil, ["mfa"]].asyncMap { methods in
                fixture.stub.tell { $0.methods = methods }
                let begun = try await fixture.begin(api)
                return (begun.cookie, try await fixture.answer(api, begun))
            }
            try await require(fixture)
            for (login, status) in zip(logins, [403, 200]) {
                let answer = try await fixture.redeem(api, login.1, cookie: login.0)
                #expect(answer.status == status, "\(answer.text)")
            }
        }
    }

    @Test func `when it comes to be required, logins that did not show it end`() async throws {
        let fixture = try await ProviderLoginFixture.make()
        defer { fixture.close() }
        _ = try await EnrolledMember.make(fixture.bed, fixture.owner)
        try await fixture.bed.run { api in
            let tokens = try await [["pwd"], ["pwd", "otp"]].asyncMap { methods in
                fixture.stub.tell { $0.methods = methods }
                let begun = try await fixture.begin(api)
                let location = try await fixture.answer(api, begun)
                return try await fixture.redeem(api, location, cookie: begun.cookie)
                    .string("access_token")
            }
            let required = try await api.send(
                "PUT",
                "/api/v1/login-policy",
                token: fixture.owner.token,
                body: #"{"second_factor_required":true}"#
            )
            #expect(required.status == 200, "\(required.text)")
            for (token, status) in zip(tokens, [401, 200]) {
                #expect(try await api.send("GET", "/api/v1/me", token: token).status == status)
            }
        }
    }

    @Test func `a visit needs that this login showed it, not that its person has one`()
        async throws
    {
        let fixture = try await ProviderLoginFixture.make(
            more: #""creates_people":true,"role":"administrator""#
        )
        defer { fixture.close() }
        _ = try await fixture.bed.catalog.setProvider(fixture.owner.tenant, true)
        try await fixture.bed.run { api in
            let domain = "c\("\(TenantID())".prefix(8)).example"
            let client = try await api.post(
                "/api/v1/tenants",
                fixture.owner,
                #"{"name":"Client \#(domain)","domain":"\#(domain)"}"#
            )
            let id = client.string("tenant", "id")
            try await fixture.bed.asSuperuser(
                """
                INSERT INTO sparc.login_policies (tenant_id, requires_second_factor)
                VALUES ('\(id)', true)
                """
            )
            for (methods, status) in [(["pwd"], 409), (["pwd", "mfa"], 201)] {
                fixture.stub.tell { $0.methods = methods }
                let begun = try await fixture.begin(api)
                let location = try await fixture.answer(api, begun)
                let tokens = try await fixture.redeem(api, location, cookie: begun.cookie)
                // Of somebody who has a factor here too, which this login did not show.
                try await fixture.bed.asSuperuser(
                    """
                    INSERT INTO sparc.second_factors (tenant_id, user_id, sealed_seed, confirmed_at)
                    SELECT tenant_id, id, '\\x00', now() FROM sparc.users
                    WHERE tenant_id = '\(fixture.owner.tenant)' AND email LIKE 'alice@%'
                    ON CONFLICT DO NOTHING
                    """
                )
                let visit = try await api.send(
                    "POST",
                    "/api/v1/tenants/\(id)/visits",
                    token: tokens.string("access_token"),
                    body: #"{"reason":"x"}"#
                )
                #expect(visit.status == status, "\(visit.text)")
            }
        }
    }
}

extension Sequence {
    /// One after the other.
    fileprivate func asyncMap<Value>(
        _ body: (Element) async throws -> Value
    ) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
