import Domain
import Foundation
import Identity
import Keys
import Testing

struct TokenSignerTests {
    private static let now = WallTime(seconds: 1_800_000_000)
    private static let claims = TokenClaims(
        tenant: TenantID(),
        user: UserID(),
        role: "owner",
        session: SessionID(),
        id: "i",
        issuedAt: 1_800_000_000,
        expiresAt: 1_800_000_600
    )

    private static func keys(_ first: UInt8 = 0) throws -> SigningKeys {
        SigningKeys(try KeyRing(masterKey: Array(first..<(first + 32))))
    }

    private func code(
        _ signer: TokenSigner,
        _ text: String,
        at now: WallTime = now
    ) async -> TokenError.Code? {
        do {
            _ = try await signer.verify(text, now: now)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a token says what was signed, until it expires`() async throws {
        for secret in [nil, Array("kP3v9ZqL0sXw2Rt7Yb5Nc8Md1Fg4Hj6Q".utf8)] as [[UInt8]?] {
            let signer = await TokenSigner(try Self.keys(), secret: secret)
            let text = try await signer.sign(Self.claims)
            #expect(try await signer.verify(text, now: Self.now) == Self.claims)
            #expect(await code(signer, text, at: WallTime(seconds: 1_800_000_599)) == nil)
            #expect(await code(signer, text, at: WallTime(seconds: 1_800_000_600)) == .expired)
            #expect(await code(signer, text, at: WallTime(seconds: 1_799_999_900)) == .expired)
        }
    }

    @Test func `a token of one key is not taken for another`() async throws {
        let signer = await TokenSigner(try Self.keys())
        let access = try await signer.sign(Self.claims)
        let other = await TokenSigner(try Self.keys(1))
        #expect(await code(other, access) == .notAuthentic)
        // What a secret signed is good only where that secret is set.
        let secret = Array("kP3v9ZqL0sXw2Rt7Yb5Nc8Md1Fg4Hj6Q".utf8)
        let withSecret = await TokenSigner(try Self.keys(), secret: secret)
        let text = try await withSecret.sign(Self.claims)
        #expect(await code(signer, text) == .foreign)
        let another = await TokenSigner(try Self.keys(), secret: secret.reversed())
        #expect(await code(another, text) == .notAuthentic)
        // Setting one logs nobody out.
        #expect(await code(withSecret, access) == nil)
    }

    @Test func `keys change every thirty days, and tokens outlive the change`() async throws {
        let keys = try Self.keys()
        let signer = await TokenSigner(keys)
        let period = SigningPeriod(of: Self.now)
        let end = (period.number + 1) * SigningPeriod.length
        var claims = Self.claims
        claims.issuedAt = end - 1
        claims.expiresAt = end + 899
        let text = try await signer.sign(claims)
        #expect(await code(signer, text, at: WallTime(seconds: end + 898)) == nil)
        claims.expiresAt = end + 100_000
        let long = try await signer.sign(claims)
        #expect(await code(signer, long, at: WallTime(seconds: end + 3_599)) == nil)
        #expect(await code(signer, long, at: WallTime(seconds: end + 3_600)) == .foreign)
        // A coordinator whose clock is ahead by less than the tolerance.
        claims.issuedAt = end
        let ahead = try await signer.sign(claims)
        #expect(await code(signer, ahead, at: WallTime(seconds: end - 60)) == nil)
        #expect(await code(signer, ahead, at: WallTime(seconds: end - 61)) == .foreign)
        let published = SigningPeriod.published(at: Self.now).map(\.number)
        #expect(published == [period.number, period.number + 1])
        let early = SigningPeriod.published(at: WallTime(seconds: end + 10)).map(\.number)
        #expect(early == [period.number, period.number + 1, period.number + 2])
        #expect(
            try keys.publicKey(period)
                != keys.publicKey(SigningPeriod(number: period.number + 1))
        )
        #expect(SigningPeriod(keyID: period.keyID) == period)
    }

    @Test func `no hostile token is taken, and none is slow`() async throws {
        let keys = try Self.keys()
        let secret = Array("kP3v9ZqL0sXw2Rt7Yb5Nc8Md1Fg4Hj6Q".utf8)
        let plain = await TokenSigner(keys)
        let hostile = HostileTokens(
            keys: keys,
            signer: plain,
            claims: Self.claims,
            now: Self.now,
            secret: secret
        )
        let vectors = try await hostile.all()
        #expect(vectors.count >= 60)
        let clock = ContinuousClock()
        var slowest = (name: "", span: Duration.zero)
        for signer in [plain, await TokenSigner(keys, secret: secret)] {
            for vector in vectors {
                let begun = clock.now
                let refused = await code(signer, vector.text)
                let span = clock.now - begun
                if span > slowest.span { slowest = (vector.name, span) }
                #expect(refused != nil, "\(vector.name)")
            }
        }
        print("\(vectors.count) hostile tokens, the slowest, \(slowest.name), in \(slowest.span)")
    }

    @Test func `no changed token is accepted`() async throws {
        let signer = await TokenSigner(try Self.keys())
        let text = try await signer.sign(Self.claims)
        for index in text.indices {
            for other: Character in ["A", "z", "_", ".", "="] where text[index] != other {
                var changed = text
                changed.replaceSubrange(index...index, with: [other])
                #expect(await code(signer, changed) != nil)
            }
        }
        for changed in ["", ".", "..", text + "=", text + ".", text.uppercased(), "a." + text] {
            #expect(await code(signer, changed) != nil)
        }
    }

    @Test func `nothing of the key is printed`() async throws {
        let secret = Array("canary-canary-canary-canary-cana".utf8)
        let signer = await TokenSigner(
            SigningKeys(try KeyRing(masterKey: secret)),
            secret: secret
        )
        var text = "\(signer) \(String(reflecting: signer))"
        dump(signer, to: &text)
        #expect(!text.contains("canary"))
        #expect(!text.contains("99, 97, 110"))
    }
}
