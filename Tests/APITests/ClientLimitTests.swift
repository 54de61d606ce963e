import API
import Catalog
import Domain
import Testing

/// How a provider changes the limits of a client.
struct ClientLimitTests {
    @Test func `null removes one limit, and what is not named stays`() async throws {
        let bed = try await TestBed.shared()
        try await bed.run { api in
            let provider = try await bed.member()
            #expect(try await bed.catalog.setProvider(provider.tenant, true))
            func add(_ limits: String) async throws -> APIClient.Answer {
                let domain = "l\("\(TenantID())".prefix(8)).example"
                return try await api.post(
                    "/api/v1/tenants",
                    provider,
                    #"{"name":"\#(domain)","domain":"\#(domain)","limits":\#(limits)}"#
                )
            }
            let client = try await add(#"{"doors":1,"cameras":0,"users":9}"#)
            let tenant = try #require(TenantID(client.string("tenant", "id")))
            let path = "/api/v1/tenants/\(tenant)"
            let owner = try await bed.member(of: tenant)
            func camera() async throws -> Int {
                try await api.send(
                    "POST",
                    "/api/v1/cameras",
                    token: owner.token,
                    body: #"{"name":"C","url":"rtsp://10.1.2.3/1"}"#
                ).status
            }
            #expect(try await camera() == 409)
            for (limits, left) in [
                (#"{"cameras":null}"#, [1, nil, 9]), (#"{}"#, [1, nil, 9]),
                (#"{"doors":null,"users":8}"#, [nil, nil, 8]),
                (#"{"doors":5,"users":null}"#, [5, nil, nil]), (#"{"doors":5}"#, [5, nil, nil]),
            ] {
                let changed = try await api.send(
                    "PATCH",
                    path,
                    token: provider.token,
                    body: #"{"limits":\#(limits)}"#
                )
                #expect(changed.status == 200, "\(changed.text)")
                for body in [changed, try await api.get(path, provider)] {
                    for (name, limit) in zip(["doors", "cameras", "users"], left) {
                        let text = limit.map { String($0) } ?? ""
                        #expect(body.string("limits", name) == text, "\(limits) \(name)")
                    }
                }
            }
            #expect(try await camera() == 201)
            // A null that removes nothing is refused, as everywhere.
            #expect(try await add(#"{"doors":null}"#).status == 400)
            for body in [#"{"limits":null}"#, #"{"limits":{"plan":null}}"#] {
                let refused = try await api.send(
                    "PATCH",
                    path,
                    token: provider.token,
                    body: body
                )
                #expect(refused.status == 400, "\(body)")
            }
        }
    }
}
