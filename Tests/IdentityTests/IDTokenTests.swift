import Domain
import Foundation
import Identity
import Keys
import Testing

/// ID tokens of providers: which are taken, and that no other is.
struct IDTokenTests {
    private static let now = WallTime(seconds: TestProvider.now)

    private func verify(
        _ text: String,
        _ keys: ProviderKeySet,
        _ verifier: IDTokenVerifier = TestProvider.verifier
    ) async -> Result<IDTokenClaims, IDTokenError> {
        do {
            return .success(try await verifier.verify(text, keys: keys, now: Self.now))
        } catch {
            return .failure(error)
        }
    }

    @Test func `a good token says who it is, by each of the three algorithms`() async throws {
        let provider = try TestProvider()
        let keys = try #require(try await provider.allKeys())
        #expect(keys.count == 3)
        let changes: [(inout [String: Any]) -> Void] = [
            { _ in }, { $0["aud"] = ["sparc"] },
            {
                $0["aud"] = ["sparc", "another"]
                $0["azp"] = "sparc"
            },
            { $0["azp"] = "sparc" }, { $0["iat"] = TestProvider.now + 60 },
            { $0["iat"] = TestProvider.now - 600 }, { $0["exp"] = TestProvider.now + 1 },
            { $0["exp"] = Double(TestProvider.now) + 0.5 }, { $0["nbf"] = TestProvider.now },
            { $0["groups"] = ["a", "b"] },
        ]
        for key in TestProvider.Key.allCases {
            for change in changes {
                for more in ["", #","typ":"JWT""#, #","jku":"https://id.example.com/k""#] {
                    let text = try provider.sign(
                        key,
                        provider.header(key, more: more),
                        provider.payload { members in
                            change(&members)
                            members["at_hash"] = TestProvider.accessTokenHash(key)
                        }
                    )
                    let claims = try await verify(text, keys).get()
                    #expect(claims.subject == "alice" && claims.email == "alice@example.com")
                    #expect(claims.isEmailVerified == true)
                }
            }
        }
    }

    @Test func `no hostile token is accepted, and none is slow`() async throws {
        let provider = try TestProvider()
        let keys = try #require(try await provider.allKeys())
        let vectors = try HostileIDTokens(provider: provider).all()
        #expect(vectors.count >= 200)
        let clock = ContinuousClock()
        var slowest = (name: "", span: Duration.zero)
        for vector in vectors {
            let begun = clock.now
            let result = await verify(vector.text, keys)
            let span = clock.now - begun
            if span > slowest.span { slowest = (vector.name, span) }
            #expect(throws: IDTokenError.self, "\(vector.name)") { try result.get() }
        }
        print("\(vectors.count) hostile ID tokens, the slowest, \(slowest.name), \(slowest.span)")
    }

    @Test func `no changed token is accepted`() async throws {
        let provider = try TestProvider()
        let keys = try #require(try await provider.allKeys())
        let text = try provider.sign(
            .elliptic,
            provider.header(.elliptic),
            provider.payload()
        )
        for index in text.indices {
            for other: Character in ["A", "_", "."] where text[index] != other {
                var changed = text
                changed.replaceSubrange(index...index, with: [other])
                let result = await verify(changed, keys)
                #expect(throws: IDTokenError.self) { try result.get() }
            }
        }
    }

    @Test func `only a key that is not there is worth reading the keys again`() async throws {
        let provider = try TestProvider()
        let keys = try #require(try await provider.allKeys())
        let text = try provider.sign(
            .rsa,
            provider.header(.rsa, kid: "newer"),
            provider.payload()
        )
        guard case .failure(let error) = await verify(text, keys) else {
            Issue.record("a token of an unknown key was accepted")
            return
        }
        #expect(error.code == .unknownKey && error.isRetryable)
        let rest = IDTokenError.Code.allCases.filter { $0 != .unknownKey }
        #expect(rest.allSatisfy { !IDTokenError($0).isRetryable })
    }

    @Test func `a token without kid needs one key alone that can be meant`() async throws {
        let provider = try TestProvider()
        let text = try provider.sign(.rsa, #"{"alg":"RS256"}"#, provider.payload())
        let rsa = "{" + (try provider.members(.rsa)) + "}"
        let named = "{" + (try provider.members(.rsa, more: #","kid":"a""#)) + "}"
        let elliptic = "{" + (try provider.members(.elliptic)) + "}"
        for entries in [[rsa], [named], [rsa, elliptic]] {
            let keys = try #require(await provider.keys(entries))
            #expect(try await verify(text, keys).get().subject == "alice")
        }
        for entries in [[rsa, named], [elliptic]] {
            let keys = try #require(await provider.keys(entries))
            let result = await verify(text, keys)
            #expect(throws: IDTokenError.self) { try result.get() }
        }
    }

    @Test func `an access token's hash needs the access token`() async throws {
        let provider = try TestProvider()
        let keys = try #require(try await provider.allKeys())
        let text = try provider.sign(
            .rsa,
            provider.header(.rsa),
            provider.payload { $0["at_hash"] = TestProvider.accessTokenHash(.rsa) }
        )
        var verifier = TestProvider.verifier
        verifier.accessToken = nil
        guard case .failure(let error) = await verify(text, keys, verifier) else {
            Issue.record("accepted")
            return
        }
        #expect(error.code == .accessToken)
    }

    @Test func `a second factor is what the token says, by a word or by two of different kinds`()
        async throws
    {
        let provider = try TestProvider()
        let keys = try #require(try await provider.allKeys())
        let cases: [(Any?, Bool)] = [
            (["mfa"], true), (["pwd", "otp"], true), (["hwk", "fpt"], true), (["swk"], false),
            (["sc", "pin"], true), (["otp"], false), (["hwk", "user"], false),
            (["pwd", "sms"], false), (["pwd", "fpt"], false), (["pwd"], false), ([], false),
            (nil, false), ("mfa", false),
            (["MFA"], false), (["mfa", 1], false), (["sms"], false), (["fpt"], false),
            (["mfa": true], false), (true, false), (NSNull(), false),
            (Array(repeating: "pwd", count: 64) + ["mfa"], false),
        ]
        for (value, wanted) in cases {
            let text = try provider.sign(
                .edwards,
                provider.header(.edwards),
                provider.payload { $0["amr"] = value }
            )
            let claims = try await verify(text, keys).get()
            #expect(claims.showSecondFactor == wanted, "\(String(describing: value))")
        }
    }

    @Test func `only a yes is a verified address, and silence is told from a no`() async throws {
        let provider = try TestProvider()
        let keys = try #require(try await provider.allKeys())
        let cases: [(Any?, Bool?)] = [
            (true, true), ("true", true), (nil, nil), (false, false), ("false", false),
            ("True", false), ("yes", false), (1.5, false), ("", false), (["true"], false),
            (NSNull(), false),
        ]
        for (value, wanted) in cases {
            let text = try provider.sign(
                .edwards,
                provider.header(.edwards),
                provider.payload { $0["email_verified"] = value }
            )
            let claims = try await verify(text, keys).get()
            #expect(claims.isEmailVerified == wanted, "\(String(describing: value))")
        }
    }
}
