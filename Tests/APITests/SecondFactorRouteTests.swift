import API
import Catalog
import Database
import Domain
import Identity
import Jobs
import Keys
import Synchronization
import Testing

/// One-time passwords: enrolment, logins with them, recovery, removal.
struct SecondFactorRouteTests {
    private static let needed = "urn:sparc:problem:second-factor-needed"
    private static let wrong = "urn:sparc:problem:second-factor-wrong"

    @Test func `a login with a second factor needs a code, and each code is good once`()
        async throws
    {
        let bed = try await TestBed.shared()
        let member = try await bed.member(.operator)
        let enrolled = try await EnrolledMember.make(bed, member)
        try await bed.run { api in
            let shown = try await api.get("/api/v1/me/second-factor", member)
            #expect(shown.string("state") == "confirmed")
            #expect(shown.string("recovery_codes") == "10")
            let without = try await api.logIn(member)
            #expect(without.status == 401)
            #expect(without.string("type") == Self.needed)
            // Whose password is wrong learns nothing of a factor.
            let guess = try await api.logIn(member, password: "x", code: enrolled.code(after: 1))
            let nobody = try await api.post(
                "/api/v1/auth/login",
                nil,
                #"{"email":"nobody@example.com","password":"x","tenant":"x","code":"123456"}"#
            )
            #expect(guess.text == nobody.text)
            // The one that confirmed it is used up.
            let used = try await api.logIn(member, code: enrolled.code(after: 0))
            #expect(used.status == 401)
            #expect(used.string("type") == Self.wrong)
            let right = try await api.logIn(member, code: enrolled.code(after: 1))
            #expect(right.status == 200, "\(right.text)")
            let again = try await api.logIn(member, code: enrolled.code(after: 1))
            #expect(again.string("type") == Self.wrong)
            for code in enrolled.recoveryCodes.prefix(2) {
                #expect(try await api.logIn(member, code: code.uppercased()).status == 200)
                #expect(try await api.logIn(member, code: code).string("type") == Self.wrong)
            }
            let left = try await api.get("/api/v1/me/second-factor", member)
            #expect(left.string("recovery_codes") == "8")
        }
        try await bed.later(60).run { api in
            let later = try await api.logIn(member, code: enrolled.code(after: 2))
            #expect(later.status == 200)
        }
    }

    @Test func `nothing of the secret is in the database, and no other row's opens`()
        async throws
    {
        let bed = try await TestBed.shared()
        let first = try await EnrolledMember.make(bed, try await bed.member())
        let second = try await EnrolledMember.make(bed, try await bed.member())
        let connection = try await Connection.open(bed.owner)
        let sealed = try await connection.run { session throws(DatabaseError) in
            try session.query(
                "SELECT sealed_seed FROM sparc.second_factors WHERE user_id = $1",
                .id(first.member.user)
            ).first?.value(0, as: [UInt8].self) ?? []
        }
        await connection.close()
        #expect(sealed.count > first.seed.count)
        #expect(!sealed.contains(first.seed))
        let own = try await SecondFactorSeeds.open(
            sealed,
            first.member.tenant,
            first.member.user,
            in: bed.services.envelope
        )
        #expect(own?.bytes == first.seed)
        try await bed.asSuperuser(
            """
            UPDATE sparc.second_factors SET sealed_seed = (SELECT f.sealed_seed
                FROM sparc.second_factors f WHERE f.user_id = '\(first.member.user)')
            WHERE user_id = '\(second.member.user)'
            """
        )
        try await bed.run { api in
            let answer = try await api.logIn(second.member, code: first.code(after: 1))
            #expect(answer.status == 500)
        }
    }

    @Test
    func `a code is good though its seed is sealed anew meanwhile, and of no other enrolment`()
        async throws
    {
        let bed = try await TestBed.isolation(.both)
        let enrolled = try await EnrolledMember.make(bed, try await bed.member())
        let member = enrolled.member
        let user = try #require(try await bed.catalog.user(member.tenant, member.user))
        let factor = try #require(try await bed.catalog.secondFactor(member.tenant, member.user))
        let hash = try await TestBed.hash()
        func logIn(_ step: Int64) async throws -> SessionOpening {
            try await bed.catalog.createSession(
                user,
                passwordHash: hash,
                proof: .step(step, begunAt: factor.begunAt),
                id: SessionID(),
                lifetime: 600,
                address: "",
                agent: ""
            )
        }
        // Between the look at the code and its use.
        let rotation = KeyRotation(catalog: bed.catalog, envelope: bed.services.envelope)
        #expect(try await rotation.run(member.tenant).sealed >= 1)
        let sealed = try await bed.catalog.secondFactor(member.tenant, member.user)
        #expect(sealed?.sealedSeed != factor.sealedSeed && sealed?.begunAt == factor.begunAt)
        let opened = try await logIn(enrolled.firstStep + 1)
        #expect(opened == .opened(ended: [], enrolsOnly: false))
        let again = try bed.later(120)
        try await bed.asSuperuser(
            """
            DELETE FROM recovery_codes WHERE user_id = '\(member.user)';
            DELETE FROM second_factors WHERE user_id = '\(member.user)'
            """
        )
        _ = try await EnrolledMember.make(again, member)
        #expect(try await logIn(enrolled.firstStep + 99) == .refused)
    }

    @Test func `of a thousand logins at once with one code one comes through`() async throws {
        let bed = try await TestBed.shared()
        let enrolled = try await EnrolledMember.make(bed, try await bed.member())
        let member = enrolled.member
        let catalog = bed.catalog
        let user = try #require(try await catalog.user(member.tenant, member.user))
        let factor = try #require(try await catalog.secondFactor(member.tenant, member.user))
        let hash = try await TestBed.hash()
        let code = try #require(RecoveryCode(enrolled.recoveryCodes[0]))
        let proofs: [FactorProof] = [
            .step(enrolled.firstStep + 1, begunAt: factor.begunAt),
            .recovery(hash: code.hash(member.tenant, member.user)),
        ]
        for proof in proofs {
            let opened = try await withThrowingTaskGroup(of: SessionOpening.self) { group in
                for _ in 0..<1_000 {
                    group.addTask {
                        try await catalog.createSession(
                            user,
                            passwordHash: hash,
                            proof: proof,
                            id: SessionID(),
                            lifetime: 600,
                            address: "",
                            agent: ""
                        )
                    }
                }
                var counts: [SessionOpening: Int] = [:]
                for try await opening in group { counts[opening, default: 0] += 1 }
                return counts
            }
            #expect(opened[.opened(ended: [], enrolsOnly: false)] == 1)
            #expect(opened[.refused] == 999)
        }
    }

    @Test func `a thousand wrong codes at once do not pass the lockout`() async throws {
        let bed = try await TestBed.shared()
        let enrolled = try await EnrolledMember.make(bed, try await bed.member())
        let member = enrolled.member
        let present = Set((-1...3).map { enrolled.code(after: $0) })
        // Time stands still, so that no wait ends meanwhile.
        let now = bed.services.now()
        try await bed.variant { $0.now = { now } }.run { api in
            let statuses = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<1_000 {
                    let code = String("\(1_000_000 + index)".dropFirst())
                    group.addTask {
                        // Every second one shows that the password is right, which forgets nothing.
                        let answer = try await api.logIn(
                            member,
                            code: index % 2 == 0 || present.contains(code) ? nil : code
                        )
                        return answer.status == 401 ? answer.string("type") : "\(answer.status)"
                    }
                }
                var counts: [String: Int] = [:]
                for try await status in group { counts[status, default: 0] += 1 }
                return counts
            }
            print("1,000 logins at once, half of them with wrong codes: \(statuses)")
            #expect(statuses["200"] == nil)
            #expect((statuses[Self.wrong] ?? 0) <= LoginThrottle.freeAttempts)
            // One after the other, as many as are left, each after a login without a code.
            var wrong = statuses[Self.wrong] ?? 0
            for index in 0..<20 {
                _ = try await api.logIn(member)
                let code = String("\(1_900_000 + index)".dropFirst())
                let answer = try await api.logIn(member, code: present.contains(code) ? "x" : code)
                if answer.string("type") == Self.wrong { wrong += 1 }
            }
            #expect(wrong <= LoginThrottle.freeAttempts)
            let right = try await api.logIn(member, code: enrolled.recoveryCodes[0])
            #expect(right.status == 429)
        }
    }

    @Test func `a device that had the password alone tries codes as slowly as any`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let device = try await bed.run { api in
            try await api.logIn(member).string("device_token")
        }
        let enrolled = try await EnrolledMember.make(bed, member)
        try await bed.asSuperuser(
            """
            UPDATE sparc.second_factors SET tries = 5, tried_at = now() + interval '1 hour'
            WHERE user_id = '\(member.user)'
            """
        )
        let answer = try await bed.run { api in
            try await api.logIn(member, code: enrolled.recoveryCodes[0], device: device)
        }
        #expect(answer.status == 429)
    }

    @Test func `coordinators count the tries of codes together, and the organisation is told`()
        async throws
    {
        let bed = try await TestBed.shared()
        let enrolled = try await EnrolledMember.make(bed, try await bed.member())
        let member = enrolled.member
        func restarted() throws -> TestBed { try bed.variant { $0.attempts = LoginAttempts() } }
        let device = try await bed.run { api in
            try await api.logIn(member, code: enrolled.code(after: 1)).string("device_token")
        }
        let guesses = ["aaaa", "bbbb", "cccc", "dddd", "eeee"]
        let beds = [try restarted(), try restarted(), try restarted()]
        let counts = try await withThrowingTaskGroup(of: String.self) { group in
            for bed in beds {
                for guess in guesses {
                    group.addTask {
                        try await bed.run { api in
                            let answer = try await api.logIn(member, code: guess)
                            return answer.status == 401 ? answer.string("type") : "other"
                        }
                    }
                }
            }
            var counts: [String: Int] = [:]
            for try await one in group { counts[one, default: 0] += 1 }
            return counts
        }
        // The first wait is 5 s of the database's: a slow machine may be past it once.
        #expect((5...6).contains(counts[Self.wrong] ?? 0), "\(counts)")
        func events() async throws -> [Event] {
            try await bed.catalog.events(member.tenant, after: 0, limit: 100).events
        }
        try await bed.asSuperuser(
            """
            UPDATE sparc.second_factors SET tries = 5, tried_at = now() + interval '1 hour'
            WHERE user_id = '\(member.user)'
            """
        )
        let before = try await events().count
        try await restarted().run { api in
            let slow = try await api.logIn(member, code: enrolled.recoveryCodes[0])
            #expect(slow.status == 429)
            #expect(slow.header("retry-after") != nil)
            // A device that has logged in before is not held up.
            let own = try await api.logIn(
                member,
                code: enrolled.recoveryCodes[1],
                device: device
            )
            #expect(own.status == 200, "\(own.text)")
        }
        // That forgot the tries; five wrong ones later, and after the wait:
        try await restarted().run { api in
            for guess in guesses {
                let answer = try await api.logIn(member, code: guess)
                #expect(answer.string("type") == Self.wrong)
            }
        }
        try await bed.asSuperuser(
            """
            UPDATE sparc.second_factors SET tried_at = now() - interval '5 seconds'
            WHERE user_id = '\(member.user)'
            """
        )
        try await restarted().run { api in
            let answer = try await api.logIn(member, code: "ffff")
            #expect(answer.string("type") == Self.wrong)
        }
        let told = try await events()
        #expect(told.count == before + 1)
        #expect(told.last?.kind == .codesGuessed)
        #expect(told.last?.data.contains("\(member.user)") == true)
    }

    @Test func `an enrolment counts when a code was shown, and ends the other logins`()
        async throws
    {
        let bed = try await TestBed.shared()
        let member = try await bed.member(.viewer)
        try await bed.run { api in
            let other = try await api.logIn(member)
            let password = #"{"password":"\#(TestBed.password)"}"#
            let wrong = try await api.post(
                "/api/v1/me/second-factor",
                member,
                #"{"password":"x"}"#
            )
            #expect(wrong.status == 400)
            let early = try await api.post(
                "/api/v1/me/second-factor/confirm",
                member,
                #"{"code":"123456"}"#
            )
            #expect(early.status == 409)
            let first = try await api.post("/api/v1/me/second-factor", member, password)
            #expect(first.string("uri").hasPrefix("otpauth://totp/SPARC%20"))
            // Not confirmed: logins need none.
            #expect(try await api.logIn(member).status == 200)
            let second = try await api.post("/api/v1/me/second-factor", member, password)
            #expect(second.string("secret") != first.string("secret"))
            func code(_ answer: APIClient.Answer, _ distance: Int64 = 0) throws -> String {
                let seed = try #require(Base32.decoded(answer.string("secret")))
                let step = OneTimePassword.step(at: bed.services.now())
                return OneTimePassword.code(seed: seed, counter: step + distance)
            }
            func confirm(_ code: String) async throws -> APIClient.Answer {
                try await api.post(
                    "/api/v1/me/second-factor/confirm",
                    member,
                    #"{"code":"\#(code)"}"#
                )
            }
            var statuses: [Int] = []
            let codes = [
                try code(first), try code(second, 40), RecoveryCode().text, try code(second),
                try code(second, 1),
            ]
            for code in codes { statuses.append(try await confirm(code).status) }
            #expect(statuses == [400, 400, 400, 200, 409])
            let again = try await api.post("/api/v1/me/second-factor", member, password)
            #expect(again.status == 409)
            #expect(try await api.get("/api/v1/me", member).status == 200)
            let ended = try await api.send(
                "GET",
                "/api/v1/me",
                token: other.string("access_token")
            )
            #expect(ended.status == 401)
        }
    }

    @Test func `new recovery codes and removal need password and code, guessed slowly`()
        async throws
    {
        let bed = try await TestBed.shared()
        let member = try await bed.member(.operator)
        let enrolled = try await EnrolledMember.make(bed, member)
        try await bed.run { api in
            func send(
                _ what: String,
                _ password: String,
                _ code: String
            ) async throws
                -> APIClient.Answer
            {
                try await api.post(
                    "/api/v1/me/second-factor/\(what)",
                    member,
                    #"{"password":"\#(password)","code":"\#(code)"}"#
                )
            }
            let renewed = try await send(
                "recovery-codes",
                TestBed.password,
                enrolled.code(after: 1)
            )
            #expect(renewed.status == 200, "\(renewed.text)")
            let new = renewed.string("recovery_codes", "0")
            #expect(!enrolled.recoveryCodes.contains(new))
            let old = enrolled.recoveryCodes[0]
            #expect(try await send("remove", TestBed.password, old).status == 400)
            #expect(try await send("remove", "x", new).status == 400)
            let removed = try await send("remove", TestBed.password, new)
            #expect(removed.status == 204, "\(removed.text)")
            #expect(try await api.get("/api/v1/me", member).status == 401)
            let login = try await api.logIn(member)
            #expect(login.status == 200)
            let token = login.string("access_token")
            func guess() async throws -> Int {
                try await api.send(
                    "POST",
                    "/api/v1/me/second-factor",
                    token: token,
                    body: #"{"password":"x"}"#
                ).status
            }
            var statuses: [Int] = []
            for _ in 0..<LoginThrottle.freeAttempts + 1 { statuses.append(try await guess()) }
            #expect(statuses == [400, 400, 400, 400, 400, 429])
        }
    }

    @Test func `no key reads or changes a second factor`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        try await bed.run { api in
            let key = try await api.post(
                "/api/v1/api-keys",
                member,
                #"{"name":"x","permissions":["users.manage"],"expires_in_days":1}"#
            ).string("key")
            for (method, path, body) in [
                ("GET", "me/second-factor", nil),
                ("POST", "me/second-factor", #"{"password":"x"}"#),
                ("POST", "me/second-factor/confirm", #"{"code":"123456"}"#),
                ("POST", "me/second-factor/recovery-codes", "{}"),
                ("POST", "me/second-factor/remove", "{}"),
                ("PUT", "login-policy", #"{"second_factor_required":true}"#),
                ("DELETE", "users/\(member.user)/second-factor", nil),
            ] {
                let answer = try await api.send(method, "/api/v1/\(path)", token: key, body: body)
                #expect(answer.status == 403, "\(method) \(path)")
            }
        }
    }

    @Test func `who manages people resets another's, never one's own`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let administrator = try await bed.member(.administrator, of: owner.tenant)
        var viewer = try await bed.member(.viewer, of: owner.tenant)
        viewer.tenantName = owner.tenantName
        _ = try await EnrolledMember.make(bed, owner)
        _ = try await EnrolledMember.make(bed, administrator)
        _ = try await EnrolledMember.make(bed, viewer)
        let lost = viewer
        try await bed.run { api in
            func reset(_ who: Member, by actor: Member) async throws -> Int {
                try await api.send(
                    "DELETE",
                    "/api/v1/users/\(who.user)/second-factor",
                    token: actor.token
                ).status
            }
            let own = try await reset(administrator, by: administrator)
            #expect(own == 409)
            #expect(try await reset(owner, by: administrator) == 403)
            #expect(try await reset(owner, by: lost) == 403)
            #expect(try await api.logIn(lost).string("type") == Self.needed)
            func hasFactor() async throws -> JSONValue {
                try await api.get("/api/v1/users/\(lost.user)", owner).value("second_factor")
            }
            #expect(try await hasFactor() == .bool(true))
            #expect(try await reset(lost, by: administrator) == 204)
            #expect(try await hasFactor() == .bool(false))
            #expect(try await api.get("/api/v1/me", lost).status == 401)
            #expect(try await api.logIn(lost).status == 200)
            #expect(try await reset(administrator, by: owner) == 204)
        }
        // Who is removed takes the factor along.
        _ = try await EnrolledMember.make(bed, try await relogin(bed, lost))
        try await bed.run { api in
            let removed = try await api.send(
                "DELETE",
                "/api/v1/users/\(lost.user)",
                token: owner.token
            )
            #expect(removed.status == 204)
            let left = try await bed.catalog.secondFactor(lost.tenant, lost.user)
            #expect(left == nil)
        }
    }
}

extension SecondFactorRouteTests {
    private func relogin(_ bed: TestBed, _ member: Member) async throws -> Member {
        var again = member
        again.token = try await bed.run { api in
            try await api.logIn(member).string("access_token")
        }
        return again
    }
}

extension [UInt8] {
    fileprivate func contains(_ other: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: other) }
    }
}
