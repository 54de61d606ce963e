import Foundation
import Identity
import Keys
import Testing

/// What providers say: descriptions, keys, tokens, UserInfo, and what browsers bring back.
struct ProviderDocumentTests {
    private static let issuer = "https://id.example.com"

    private func document(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> [UInt8] {
        var members: [String: Any] = [
            "issuer": Self.issuer, "authorization_endpoint": Self.issuer + "/authorize?p=x",
            "token_endpoint": Self.issuer + "/token", "jwks_uri": Self.issuer + "/keys",
            "response_types_supported": ["code", "id_token"],
            "id_token_signing_alg_values_supported": ["none", "RS256"],
            "token_endpoint_auth_methods_supported": [
                "private_key_jwt", "client_secret_post", "client_secret_basic",
            ],
            "code_challenge_methods_supported": ["plain", "S256"], "unknown": ["x": 1],
        ]
        change(&members)
        return Array(try JSONSerialization.data(withJSONObject: members))
    }

    @Test func `a description is read`() throws {
        let metadata = try ProviderMetadata(try document(), issuer: Self.issuer)
        #expect(metadata.tokenEndpoint == Self.issuer + "/token")
        #expect(metadata.clientAuthentication == .basic && !metadata.answersWithIssuer)
        #expect(metadata.urls.count == 3)
        let bare = try document { members in
            for name in members.keys where name.hasSuffix("_supported") { members[name] = nil }
            members["userinfo_endpoint"] = Self.issuer + "/userinfo"
            members["authorization_response_iss_parameter_supported"] = true
        }
        let other = try ProviderMetadata(bare, issuer: Self.issuer)
        #expect(other.clientAuthentication == .basic && other.answersWithIssuer)
        #expect(other.urls.count == 4)
        #expect(
            ProviderMetadata.url(of: "https://a.example/t/")
                == "https://a.example/t/.well-known/openid-configuration"
        )
    }

    @Test func `a description that cannot be used is refused`() throws {
        let changes: [(inout [String: Any]) -> Void] = [
            { $0["issuer"] = "https://evil.example" }, { $0["issuer"] = Self.issuer + "/" },
            { $0["issuer"] = nil }, { $0["token_endpoint"] = nil }, { $0["jwks_uri"] = 1 },
            { $0["authorization_endpoint"] = NSNull() },
            { $0["response_types_supported"] = ["id_token"] },
            { $0["code_challenge_methods_supported"] = ["plain"] },
            { $0["id_token_signing_alg_values_supported"] = ["none", "HS256"] },
            { $0["token_endpoint_auth_methods_supported"] = ["none", "private_key_jwt"] },
            { $0["pad"] = String(repeating: "x", count: 70_000) },
        ]
        for change in changes {
            let bytes = try document(change)
            #expect(throws: ProviderMetadata.Refusal.self) {
                try ProviderMetadata(bytes, issuer: Self.issuer)
            }
        }
        for text in ["", "[]", "null", "{", "\0", String(repeating: "[", count: 60_000)] {
            #expect(throws: ProviderMetadata.Refusal.self) {
                try ProviderMetadata(Array(text.utf8), issuer: Self.issuer)
            }
        }
    }

    @Test func `keys for something else, or that are broken, are left out`() async throws {
        let provider = try TestProvider()
        let rsa = try provider.members(.rsa)
        let elliptic = try provider.members(.elliptic)
        let edwards = try provider.members(.edwards)
        let good = "{" + elliptic + "}"
        let long = Base64.urlEncoded([UInt8](repeating: 255, count: 1_025))
        let short = Base64.urlEncoded([UInt8](repeating: 255, count: 255))
        let wrong = [
            "{\(rsa),\"use\":\"enc\"}", "{\(rsa),\"alg\":\"RS512\"}", "{\(rsa),\"alg\":\"none\"}",
            "{\(rsa),\"key_ops\":[\"encrypt\"]}", "{\(elliptic),\"alg\":\"RS256\"}",
            "{\(edwards),\"alg\":\"ES256\"}", #"{"kty":"oct","k":"AAAA"}"#, "{}", "1", "null",
            #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, #"{"kty":"RSA","n":"\#(long)","e":"AQAB"}"#,
            #"{"kty":"RSA","n":"\#(short)","e":"AQAB"}"#,
            rsa.replacing("AQAB", with: "AQ") + "}", rsa.replacing("AQAB", with: "AA") + "}",
            #"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#, #"{"kty":"EC","crv":"P-384"}"#,
            #"{"kty":"EC","crv":"P-256","x":"\#(String(repeating: "A", count: 43))","#
                + #""y":"\#(String(repeating: "A", count: 43))"}"#,
            #"{"kty":"OKP","crv":"X25519","x":"\#(String(repeating: "A", count: 43))"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#, #"{"kty":"OKP","crv":"Ed25519"}"#,
        ].map { $0.hasPrefix(#""kty""#) ? "{" + $0 : $0 }
        for entry in wrong {
            #expect(await provider.keys([entry]) == nil, "\(entry)")
            #expect(await provider.keys([entry, good])?.count == 1, "\(entry)")
        }
        #expect(await provider.keys([String](repeating: good, count: 100))?.count == 64)
        for text in ["", "{}", "[]", #"{"keys":{}}"#, #"{"keys":[]}"#, "{\"keys\":["] {
            #expect(await ProviderKeySet(Array(text.utf8)) == nil)
        }
    }

    @Test func `tokens are read, whatever else comes with them`() {
        let good = ProviderTokens(
            Array(#"{"id_token":"a.b.c","access_token":"x","token_type":"bearer","more":1}"#.utf8)
        )
        #expect(good?.idToken == "a.b.c" && good?.accessToken == "x")
        #expect(ProviderTokens(Array(#"{"id_token":"a"}"#.utf8))?.accessToken == nil)
        for text in [
            "", "{}", "[]", "null", #"{"access_token":"x"}"#, #"{"id_token":1}"#,
            #"{"id_token":"a","token_type":"mac"}"#, #"{"error":"invalid_grant"}"#,
        ] {
            #expect(ProviderTokens(Array(text.utf8)) == nil, "\(text)")
        }
        #expect(!"\(String(reflecting: good))".contains("a.b.c"))
    }

    @Test func `UserInfo counts for the same subject alone`() {
        let claims = IDTokenClaims(subject: "alice", email: nil, isEmailVerified: nil)
        func adding(_ text: String) -> IDTokenClaims {
            UserInfo.adding(Array(text.utf8), to: claims)
        }
        let same = adding(#"{"sub":"alice","email":"a@b.c","email_verified":true}"#)
        #expect(same.email == "a@b.c" && same.isEmailVerified == true && same.subject == "alice")
        for text in [
            #"{"sub":"mallory","email":"a@b.c","email_verified":true}"#,
            #"{"email":"a@b.c","email_verified":true}"#, "", "[]", "a.b.c",
        ] {
            #expect(adding(text) == claims, "\(text)")
        }
    }

    @Test func `an answer is a code of the provider that was asked, or none`() {
        func answer(
            code: String? = nil,
            error: String? = nil,
            issuer: String? = nil,
            needed: Bool = false
        ) -> ProviderAnswer {
            ProviderAnswer(
                code: code,
                error: error,
                issuer: issuer,
                expecting: Self.issuer,
                isIssuerNeeded: needed
            )
        }
        #expect(answer(code: "x") == .code("x"))
        #expect(answer(code: "x", issuer: Self.issuer, needed: true) == .code("x"))
        #expect(answer(code: "x", needed: true) == .refused(.providerFailed))
        for issuer in ["https://evil.example", "", Self.issuer + "/"] {
            #expect(answer(code: "x", issuer: issuer) == .refused(.providerFailed))
            #expect(answer(error: "access_denied", issuer: issuer) == .refused(.providerFailed))
        }
        #expect(answer(error: "access_denied") == .refused(.denied))
        #expect(answer(code: "x", error: "access_denied") == .refused(.denied))
        #expect(answer(error: "server_error") == .refused(.providerFailed))
        #expect(answer(error: "") == .refused(.providerFailed))
        for code in ["", "a\u{7}", "ä", String(repeating: "x", count: 2_049)] {
            #expect(answer(code: code) == .refused(.providerFailed))
        }
        #expect(answer() == .refused(.providerFailed))
    }

    @Test func `what is sent is escaped, and the proof is the RFC's`() throws {
        // RFC 7636 appendix B.
        let proof = ProofKey(verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(proof.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        #expect(ProofKey().verifier.utf8.count == 43)
        #expect(!"\(proof) \(String(reflecting: proof))".contains("dBjf"))
        let requests = ProviderRequests(
            metadata: try ProviderMetadata(try document(), issuer: Self.issuer),
            clientID: "a b&c",
            redirectURI: "https://sparc.example/cb"
        )
        let url = requests.authorizationURL(state: "s", nonce: "n", proof: proof)
        #expect(
            url.hasPrefix(Self.issuer + "/authorize?p=x&response_type=code&client_id=a%20b%26c")
        )
        #expect(url.contains("&redirect_uri=https%3A%2F%2Fsparc.example%2Fcb&"))
        #expect(url.contains("&code_challenge_method=S256") && url.contains("openid%20email"))
        #expect(!url.contains("dBjf"))
        let basic = requests.redemption(code: "c+d", proof: proof, clientSecret: "ü:%")
        // RFC 6749 section 2.3.1: both are encoded as in a form first.
        let header = "Basic " + Base64.encoded(Array("a%20b%26c:%C3%BC%3A%25".utf8))
        #expect(basic.headers.contains { $0.name == "Authorization" && $0.value == header })
        let body = String(decoding: basic.body, as: UTF8.self)
        #expect(body.contains("code=c%2Bd&") && !body.contains("client_secret"))
        let post = ProviderRequests(
            metadata: try ProviderMetadata(
                try document {
                    $0["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
                },
                issuer: Self.issuer
            ),
            clientID: "a",
            redirectURI: "b"
        ).redemption(code: "c", proof: proof, clientSecret: "s&t")
        #expect(!post.headers.contains { $0.name == "Authorization" })
        #expect(String(decoding: post.body, as: UTF8.self).hasSuffix("client_secret=s%26t"))
    }
}
