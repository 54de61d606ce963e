import Crypto
import CryptoExtras
import Domain
import Foundation
import Identity
import Keys
import Testing

/// Every reader of a credential with texts that are nearly credentials: a short run with a fixed seed,
/// and as many as `SPARC_FUZZ_TOKENS` says.
struct TokenFuzzTests {
    private static let now = WallTime(seconds: TestProvider.now)
    private static let key = [UInt8](repeating: 5, count: 32)

    private static func number(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
    }

    private static let count = number("SPARC_FUZZ_TOKENS", 3_000)
    private static let seed = UInt64(number("SPARC_FUZZ_SEED", 20_261_130))

    private static let claims = TokenClaims(
        tenant: TenantID(),
        user: UserID(),
        role: "owner",
        session: SessionID(),
        id: "i",
        issuedAt: TestProvider.now,
        expiresAt: TestProvider.now + 600
    )

    private static let ring = Result { try KeyRing(masterKey: Array(0..<32)) }

    /// With the server's own key: what only a right signature lets through to the rest.
    private static func signed(_ text: String) throws -> String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let input = parts.prefix(2).joined(separator: ".")
        let period = SigningPeriod(of: now)
        let key = try Curve25519.Signing.PrivateKey(
            rawRepresentation: ring.get().derive(.tokenSignature(period: period.number))
        )
        return input + "." + Base64.urlEncoded(try key.signature(for: Array(input.utf8)))
    }

    /// The bytes that are signed, and the signature.
    private static func parts(_ text: String) -> (input: [UInt8], signature: [UInt8]) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let input = parts.prefix(2).joined(separator: ".")
        return (Array(input.utf8), Base64.urlDecoded(parts.last ?? "") ?? [])
    }

    /// Whether the signature is by the server's key, asked of the key itself.
    private static func isAuthentic(_ text: String) throws -> Bool {
        let (input, signature) = parts(text)
        let key = try SigningKeys(ring.get()).publicKey(SigningPeriod(of: now))
        return try Curve25519.Signing.PublicKey(rawRepresentation: key)
            .isValidSignature(signature, for: input)
    }

    /// Whether the signature is by one of the provider's keys.
    private static func isAuthentic(_ text: String, of provider: TestProvider) -> Bool {
        let (input, signature) = parts(text)
        if provider.edwards.publicKey.isValidSignature(signature, for: input) { return true }
        if let elliptic = try? P256.Signing.ECDSASignature(rawRepresentation: signature),
            provider.elliptic.publicKey.isValidSignature(elliptic, for: input)
        {
            return true
        }
        return provider.rsa.publicKey.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature),
            for: SHA256.hash(data: input),
            padding: .insecurePKCS1v1_5
        )
    }

    /// Nil where another reader than the one that is tested looks at members that are of no meaning
    /// and cannot read them.
    private static func object(_ part: Substring) -> [String: Any]? {
        let bytes = Base64.decoded(part) ?? []
        let value = try? JSONSerialization.jsonObject(with: Data(bytes))
        return value as? [String: Any]
    }

    /// What is wrong with a token that was taken; empty if nothing is.
    private static func wrong(_ text: String, _ claims: TokenClaims) -> [String] {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return ["parts"] }
        let period = SigningPeriod(of: now)
        var wrong: [String] = []
        func expect(_ holds: Bool, _ name: String) {
            if !holds { wrong.append(name) }
        }
        expect(claims.expiresAt > TestProvider.now, "expired")
        expect(claims.issuedAt <= TestProvider.now + 60, "not yet issued")
        guard let header = object(parts[0]), let payload = object(parts[1]) else { return wrong }
        expect(header["alg"] as? String == "EdDSA", "alg")
        expect(header["typ"] as? String == "at+jwt", "typ")
        expect(header["kid"] as? String == period.keyID, "kid")
        expect(header["crit"] == nil || header["crit"] is NSNull, "crit")
        expect(payload["iss"] as? String == "sparc", "iss")
        expect(payload["aud"] as? String == "sparc-api", "aud")
        expect(payload["exp"] as? Int64 == claims.expiresAt, "exp")
        expect(payload["iat"] as? Int64 == claims.issuedAt, "iat")
        expect((payload["tenant"] as? String).flatMap { TenantID($0) } == claims.tenant, "tenant")
        expect((payload["sub"] as? String).flatMap { UserID($0) } == claims.user, "sub")
        expect((payload["sid"] as? String).flatMap { SessionID($0) } == claims.session, "sid")
        expect(payload["role"] as? String == claims.role, "role")
        return wrong
    }

    @Test func `an access token is taken only as it was signed`() async throws {
        let signer = await TokenSigner(SigningKeys(try Self.ring.get()))
        let good = try await signer.sign(Self.claims)
        let hostile = HostileTokens(
            keys: SigningKeys(try Self.ring.get()),
            signer: signer,
            claims: Self.claims,
            now: Self.now,
            secret: Self.key
        )
        let vectors = try await hostile.all().map(\.text).filter { $0.utf8.count < 4_096 }
        // Half of the texts come from what is good.
        let seeds = vectors + [String](repeating: good, count: vectors.count)
        var mutation = TokenMutation(seed: Self.seed, from: seeds)
        var (taken, signed) = (0, 0)
        var slowest = Duration.zero
        let clock = ContinuousClock()
        for index in 0..<Self.count {
            var text = mutation.next()
            let isSigned = index % 2 == 0 && text.contains(".")
            if isSigned {
                text = try Self.signed(text)
                signed += 1
            }
            let begun = clock.now
            let result = try? await signer.verify(text, now: Self.now)
            slowest = max(slowest, clock.now - begun)
            guard let result else { continue }
            taken += 1
            #expect(try Self.isAuthentic(text), "\(text)")
            let wrong = Self.wrong(text, result)
            #expect(wrong.isEmpty, "\(wrong) of \(text)")
        }
        print(
            "token fuzz: \(Self.count) texts, \(signed) signed by the right key, \(taken) taken, "
                + "seed \(Self.seed), the slowest in \(slowest)"
        )
        #expect(taken > 0)
    }

    /// A text of each kind of credential, and whether it is read: as itself and as no other text.
    @Test func `no other credential is read in a text that was not given out`() async throws {
        let (tenant, user, session) = (Self.claims.tenant, Self.claims.user, Self.claims.session)
        let camera = CameraID()
        let refresh = RefreshToken(tenant: tenant, session: session, generation: 3)
            .text(key: Self.key)
        let device = DeviceToken(now: Self.now, hasShownCode: true)
            .text(account: "a", key: Self.key)
        let ticket = PlaylistTicket(
            tenant: tenant,
            user: user,
            session: session,
            camera: camera,
            allowsArchive: true,
            expiresAt: TestProvider.now + 60
        ).text(key: Self.key)
        let given: Set<String> = [refresh, device, ticket]
        let seeds =
            given + [
                APIKeyToken(tenant: tenant, key: APIKeyID()).text,
                InvitationToken(tenant: tenant, user: user).text,
                ProviderLoginToken(.state, tenant: tenant, login: ProviderLoginID()).text,
                RecoveryCode().text,
            ]
        var mutation = TokenMutation(seed: Self.seed, from: seeds.sorted())
        var read = 0
        for _ in 0..<Self.count {
            let text = mutation.next()
            let isRead = [
                (try? RefreshToken(text, key: Self.key)) != nil,
                DeviceToken(text, account: "a", key: Self.key, now: Self.now) != nil,
                (try? PlaylistTicket(text, camera: camera, key: Self.key, now: Self.now)) != nil,
            ]
            #expect(!isRead.contains(true) || given.contains(text), "\(text)")
            // One secret has one text.
            let texts = [
                APIKeyToken(text)?.text, InvitationToken(text)?.text,
                ProviderLoginToken(.state, text)?.text,
            ].compactMap { $0 }
            read += texts.count
            #expect(texts.count <= 1 && texts.allSatisfy { $0 == text }, "\(text)")
            if let code = RecoveryCode(text) { #expect(RecoveryCode(code.text) == code) }
        }
        print("credential fuzz: \(Self.count) texts, \(read) read as secrets, seed \(Self.seed)")
    }

    @Test func `an ID token is taken only as the provider signed it`() async throws {
        let provider = try TestProvider()
        let keys = try #require(try await provider.allKeys())
        let good = try TestProvider.Key.allCases.map { key in
            try provider.sign(key, provider.header(key), provider.payload())
        }
        let vectors = try HostileIDTokens(provider: provider).all().map(\.text)
            .filter { $0.utf8.count < 4_096 }
        let seeds = vectors + (0..<vectors.count).map { good[$0 % good.count] }
        var mutation = TokenMutation(seed: Self.seed, from: seeds)
        var (taken, slowest) = (0, Duration.zero)
        let clock = ContinuousClock()
        for index in 0..<Self.count {
            var text = mutation.next()
            let key = TestProvider.Key.allCases[index % 3]
            let isSigned = index % 2 == 0
            if isSigned {
                let parts = text.split(separator: ".", omittingEmptySubsequences: false)
                let input = parts.prefix(2).joined(separator: ".")
                let signature = try provider.signature(key, Array(input.utf8))
                text = input + "." + Base64.urlEncoded(signature)
            }
            let begun = clock.now
            let result = try? await TestProvider.verifier.verify(text, keys: keys, now: Self.now)
            slowest = max(slowest, clock.now - begun)
            guard let result else { continue }
            taken += 1
            #expect(Self.isAuthentic(text, of: provider), "\(text)")
            let part = text.split(separator: ".").dropFirst().first ?? ""
            guard let payload = Self.object(part) else { continue }
            #expect(payload["iss"] as? String == TestProvider.issuer, "\(text)")
            #expect(payload["nonce"] as? String == TestProvider.nonce, "\(text)")
            #expect(payload["sub"] as? String == result.subject, "\(text)")
        }
        print("ID token fuzz: \(Self.count) texts, \(taken) taken, the slowest in \(slowest)")
        #expect(taken > 0)
    }
}
