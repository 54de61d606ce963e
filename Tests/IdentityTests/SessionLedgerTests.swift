import Domain
import Identity
import Testing

struct SessionLedgerTests {
    private static let start: Int64 = 1_800_000_000

    private static func claims(_ id: String, family: String = "f") -> TokenClaims {
        TokenClaims(
            tenant: TenantID(),
            user: UserID(),
            role: "",
            family: family,
            id: id,
            issuedAt: start,
            expiresAt: start + 10_000
        )
    }

    private static func at(_ seconds: Int64) -> WallTime {
        WallTime(seconds: start + seconds)
    }

    @Test func `a token used twice at once gives one successor`() throws {
        var ledger = SessionLedger()
        let (old, new, other) = (Self.claims("1"), Self.claims("2"), Self.claims("3"))
        #expect(try ledger.exchange(old, for: new, now: Self.at(0)) == new)
        #expect(try ledger.exchange(old, for: other, now: Self.at(30)) == new)
    }

    @Test func `a copy that is used later ends the session, for its successor too`() throws {
        var ledger = SessionLedger()
        let (old, new) = (Self.claims("1"), Self.claims("2"))
        _ = try ledger.exchange(old, for: new, now: Self.at(0))
        #expect(throws: TokenError(.revoked)) {
            try ledger.exchange(old, for: Self.claims("3"), now: Self.at(31))
        }
        #expect(throws: TokenError(.revoked)) {
            try ledger.exchange(new, for: Self.claims("4"), now: Self.at(32))
        }
        let foreign = Self.claims("5", family: "g")
        #expect(throws: Never.self) {
            try ledger.exchange(foreign, for: Self.claims("6", family: "g"), now: Self.at(33))
        }
    }

    @Test func `after a logout nothing of the session is exchanged`() throws {
        var ledger = SessionLedger()
        ledger.end(Self.claims("1"), lifetime: 10_000, now: Self.at(0))
        #expect(throws: TokenError(.revoked)) {
            try ledger.exchange(Self.claims("2"), for: Self.claims("3"), now: Self.at(1))
        }
    }

    @Test func `it remembers a bounded number`() throws {
        var ledger = SessionLedger()
        for index in 0..<(SessionLedger.countLimit + 10) {
            let claims = TokenClaims(
                tenant: TenantID(),
                user: UserID(),
                role: "",
                family: "\(index)",
                id: "\(index)",
                issuedAt: Self.start,
                expiresAt: Self.start + Int64(index < 50_000 ? 5 : 10_000)
            )
            _ = try ledger.exchange(claims, for: claims, now: Self.at(index < 99_999 ? 0 : 6))
        }
        #expect(throws: TokenError(.revoked)) {
            try ledger.exchange(
                Self.claims("99000", family: "99000"),
                for: Self.claims("x"),
                now: Self.at(60)
            )
        }
    }
}
