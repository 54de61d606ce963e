import API
import Domain
import Identity
import Testing

/// Passwords and codes that somebody guesses who has an access token.
struct ConfirmationTests {
    private func statuses(
        _ bed: TestBed,
        _ member: Member,
        _ requests: [(path: String, body: String)]
    ) async throws -> [Int] {
        try await bed.run { api in
            var statuses: [Int] = []
            for (path, body) in requests {
                let answer = try await api.post("/api/v1/me/second-factor\(path)", member, body)
                statuses.append(answer.status)
            }
            return statuses
        }
    }

    @Test func `a text like a recovery code is a wrong guess like any other`() async throws {
        let bed = try await TestBed.shared()
        let member = try await bed.member()
        let begin = ("", #"{"password":"\#(TestBed.password)"}"#)
        let junk = ("/confirm", #"{"code":"\#(RecoveryCode().text)"}"#)
        let wrong = ("/confirm", #"{"code":"000000"}"#)
        let found = try await statuses(
            bed,
            member,
            [begin, wrong, wrong, junk, wrong, wrong, wrong, junk]
        )
        #expect(found[0] == 200)
        // Five are looked at, whatever they look like; then it waits.
        #expect(found[1...5].allSatisfy { $0 == 400 })
        #expect(found[6...7].allSatisfy { $0 == 429 }, "\(found)")
    }

    @Test func `a right password forgets no wrong code`() async throws {
        let bed = try await TestBed.shared()
        let enrolled = try await EnrolledMember.make(bed, try await bed.member())
        let begin = ("", #"{"password":"\#(TestBed.password)"}"#)
        let remove = ("/remove", #"{"password":"\#(TestBed.password)","code":"000000"}"#)
        let found = try await statuses(
            bed,
            enrolled.member,
            [remove, remove, remove, remove, begin, remove, remove, begin]
        )
        // It has a factor: nothing is begun, and nothing of the codes forgotten.
        #expect(found[4] == 409 && found[5] == 400 && found[6] == 429, "\(found)")
    }

    @Test func `an address begins so many logins through a provider, and others go on`() throws {
        let attempts = LoginAttempts()
        let first = try #require(IPAddress("192.0.2.7"))
        let second = try #require(IPAddress("192.0.2.8"))
        let now = WallTime(seconds: 1_800_000_000)
        for _ in 0..<LoginAttempts.providerBurst {
            #expect(attempts.mayBeginProviderLogin(first, now: now))
        }
        #expect(!attempts.mayBeginProviderLogin(first, now: now))
        #expect(attempts.mayBeginProviderLogin(second, now: now))
        let later = now.adding(milliseconds: LoginAttempts.providerInterval * 1_000)
        #expect(attempts.mayBeginProviderLogin(first, now: later))
        #expect(!attempts.mayBeginProviderLogin(first, now: later))
    }
}
