import API
import Domain
import Identity
import Testing

/// Limits of logins by account, device, address and organisation, over real connections.
struct LoginLimitTests {
    @Test func `a device that logged in before gets in while the account is guessed at`()
        async throws
    {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let other = try await bed.member()
        try await bed.run { api in
            let login = try await api.logIn(member)
            let device = login.string("device_token")
            #expect(device.hasPrefix(DeviceToken.prefix))
            for _ in 0..<LoginThrottle.freeAttempts {
                #expect(try await api.logIn(member, password: "x").status == 401)
            }
            #expect(try await api.logIn(member).status == 429)
            // Another account's device is none of this one.
            let foreign = try await api.logIn(other).string("device_token")
            #expect(try await api.logIn(member, device: foreign).status == 429)
            let again = try await api.logIn(member, device: device)
            #expect(again.status == 200, "\(again.text)")
            #expect(!again.string("device_token").isEmpty)
            // It has attempts of its own, not more of them.
            for _ in 0..<LoginThrottle.freeAttempts {
                #expect(try await api.logIn(member, password: "x", device: device).status == 401)
            }
            let slow = try await api.logIn(member, device: device)
            #expect(slow.status == 429)
            #expect(slow.header("retry-after") != nil)
        }
    }

    @Test func `logins that succeed have a rate`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        // Time stands still, so that none comes back meanwhile.
        let now = bed.services.now()
        try await bed.variant { $0.now = { now } }.run { api in
            var statuses: [Int] = []
            for _ in 0...LoginLimits.successBurst {
                statuses.append(try await api.logIn(member).status)
            }
            #expect(statuses.dropLast().allSatisfy { $0 == 200 })
            #expect(statuses.last == 429)
        }
    }

    @Test func `only trusted proxies say where a login comes from`() async throws {
        let trusting = TrustedProxies(["127.0.0.0/8"].compactMap { AddressBlock($0) })
        let forwarded = [("X-Forwarded-For", "198.51.100.1, 192.0.2.7")]
        for (proxies, expected) in [
            (TrustedProxies(), "127.0.0.1"), (trusting, "192.0.2.7"),
        ] {
            let bed = try await TestBed.shared().variant { $0.trustedProxies = proxies }
            let member = try await bed.member()
            try await bed.runLive { api in
                let login = try await api.logIn(member, headers: forwarded)
                #expect(login.status == 200)
                let sessions = try await api.send(
                    "GET",
                    "/api/v1/sessions",
                    token: login.string("access_token")
                )
                #expect(sessions.string("items", "0", "address") == expected)
            }
        }
    }

    @Test(arguments: [false, true])
    func `an address is limited over all accounts, whatever it says where it comes from`(
        isBehindProxy: Bool
    ) async throws {
        let proxies = TrustedProxies(
            isBehindProxy ? ["127.0.0.0/8"].compactMap { AddressBlock($0) } : []
        )
        let shared = try await TestBed.shared()
        let now = shared.services.now()
        let bed = try shared.variant { services in
            services.attempts = LoginAttempts()
            services.trustedProxies = proxies
            services.now = { now }
        }
        let member = try await bed.member()
        try await bed.runLive { api in
            let device = try await api.logIn(member).string("device_token")
            var statuses: [Int] = []
            for index in 0..<Int(LoginLimits.addressBurst) + 2 {
                var made = member
                made.email = "made-up-\(index)@example.com"
                let claim = "198.51.100.\(index)" + (isBehindProxy ? ", 192.0.2.7" : "")
                let answer = try await api.logIn(made, headers: [("X-Forwarded-For", claim)])
                statuses.append(answer.status)
            }
            #expect(statuses.count { $0 == 401 } == Int(LoginLimits.addressBurst))
            #expect(statuses.suffix(2) == [429, 429])
            // Who logged in from here before still does.
            let claim = [("X-Forwarded-For", "192.0.2.7")]
            #expect(try await api.logIn(member, headers: claim).status == 429)
            #expect(try await api.logIn(member, device: device, headers: claim).status == 200)
        }
    }

    @Test func `links of a first start are tried apart from logins`() async throws {
        let bed = try await TestBed.shared().variant { services in
            services.attempts = LoginAttempts()
            services.setupTokens = GuessedSecrets()
        }
        let member = try await bed.member()
        try await bed.run { api in
            let body =
                #"{"token":"x","organisation":"X","tenant":"x","email":"a@example.com","#
                + #""password":"correct horse battery"}"#
            var statuses: [Int] = []
            for _ in 0..<LoginThrottle.freeAttempts + 1 {
                statuses.append(try await api.post("/api/v1/setup", nil, body).status)
            }
            #expect(statuses == [403, 403, 403, 403, 403, 429])
            #expect(try await api.logIn(member).status == 200)
        }
    }
}
