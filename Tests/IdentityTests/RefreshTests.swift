import Domain
import Identity
import Testing

/// Refresh tokens, and what becomes of one that is shown.
struct RefreshTests {
    private static let key = [UInt8](repeating: 3, count: 32)
    private static let start: Int64 = 1_800_000_000

    private static func at(_ seconds: Int64) -> WallTime {
        WallTime(seconds: start + seconds)
    }

    private static func session(
        _ generation: Int64,
        endedAt: WallTime? = nil
    ) -> LoginSession {
        LoginSession(
            id: SessionID(),
            tenant: TenantID(),
            user: UserID(),
            createdAt: at(-1_000),
            generation: generation,
            rotatedAt: at(0),
            expiresAt: at(1_000),
            endedAt: endedAt
        )
    }

    @Test func `a token says its session, and no changed one is taken`() throws {
        let token = RefreshToken(tenant: TenantID(), session: SessionID(), generation: 7)
        let text = token.text(key: Self.key)
        #expect(text.hasPrefix("sparc_rt_") && text.utf8.count < 160)
        #expect(try RefreshToken(text, key: Self.key) == token)
        #expect(throws: TokenError(.notAuthentic)) {
            try RefreshToken(text, key: [UInt8](repeating: 4, count: 32))
        }
        for index in text.indices {
            for other: Character in ["A", "z", "_", ".", "="] where text[index] != other {
                var changed = text
                changed.replaceSubrange(index...index, with: [other])
                let tried = Result { try RefreshToken(changed, key: Self.key) }
                #expect((try? tried.get()) == nil)
            }
        }
        for wrong in [
            "", "sparc_rt_", "sparc_rt_AA", text + "AAAA", "x" + text, "eyJhbGciOiJub25l",
        ] {
            #expect(throws: TokenError.self) { try RefreshToken(wrong, key: Self.key) }
        }
        for generation: Int64 in [0, -1, .min] {
            let wrong = RefreshToken(
                tenant: token.tenant,
                session: token.session,
                generation: generation
            ).text(key: Self.key)
            #expect(throws: TokenError(.malformed)) { try RefreshToken(wrong, key: Self.key) }
        }
    }

    @Test func `a token is good once, again within the grace, and later ends the session`() {
        let session = Self.session(5)
        func decide(_ generation: Int64, _ seconds: Int64) -> RefreshDecision {
            RefreshDecision.decide(generation, of: session, now: Self.at(seconds))
        }
        #expect(decide(5, 0) == .rotate(to: 6))
        #expect(decide(5, 999) == .rotate(to: 6))
        #expect(decide(4, 0) == .again(5))
        #expect(decide(4, 30) == .again(5))
        #expect(decide(4, 31) == .reused)
        #expect(decide(3, 0) == .reused)
        #expect(decide(1, 999) == .reused)
        #expect(decide(6, 0) == .refused)
        #expect(decide(5, 1_000) == .refused)
        #expect(decide(3, 1_000) == .refused)
        // A clock that went back does not make a copy of an honest client.
        #expect(decide(4, -50) == .again(5))
    }

    @Test func `an ended session refuses every token`() {
        let session = Self.session(5, endedAt: Self.at(0))
        for generation: Int64 in 1...6 {
            #expect(RefreshDecision.decide(generation, of: session, now: Self.at(1)) == .refused)
        }
    }
}
