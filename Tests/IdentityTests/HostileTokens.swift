import Crypto
import Domain
import Foundation
import Identity
import Keys

/// Tokens as attackers make them, each with its name. All know the public key, and some a token
/// that was good.
struct HostileTokens {
    let keys: SigningKeys
    let signer: TokenSigner
    let claims: TokenClaims
    let now: WallTime
    let secret: [UInt8]

    /// One attack.
    struct Vector {
        var name: String
        var text: String
    }

    private static func encoded(_ text: String) -> String { Base64.urlEncoded(Array(text.utf8)) }

    private var period: SigningPeriod { SigningPeriod(of: now) }

    private func header(
        alg: String = "EdDSA",
        typ: String? = "at+jwt",
        kid: String? = nil,
        more: String = ""
    ) -> String {
        var members = [#""alg":"\#(alg)""#]
        if let typ { members.append(#""typ":"\#(typ)""#) }
        members.append(#""kid":"\#(kid ?? period.keyID)""#)
        return "{" + members.joined(separator: ",") + more + "}"
    }

    private func payload(_ change: (inout [String: Any]) -> Void = { _ in }) -> String {
        var members: [String: Any] = [
            "iss": "sparc", "aud": "sparc-api", "sub": "\(claims.user)",
            "tenant": "\(claims.tenant)", "role": "owner", "sid": "\(claims.session)",
            "jti": "i", "iat": claims.issuedAt, "exp": claims.expiresAt,
        ]
        change(&members)
        let data = try? JSONSerialization.data(withJSONObject: members)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// Signed as the server signs: for what must be refused although the signature is right.
    private func genuine(_ header: String, _ payload: String) throws -> String {
        let input = Self.encoded(header) + "." + Self.encoded(payload)
        let ring = try KeyRing(masterKey: Array(0..<32))
        let key = try Curve25519.Signing.PrivateKey(
            rawRepresentation: ring.derive(.tokenSignature(period: period.number))
        )
        return input + "." + Base64.urlEncoded(try key.signature(for: Array(input.utf8)))
    }

    private func hmac(_ header: String, _ payload: String, _ key: [UInt8]) -> String {
        let input = Self.encoded(header) + "." + Self.encoded(payload)
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(input.utf8),
            using: SymmetricKey(data: key)
        )
        return input + "." + Base64.urlEncoded(Array(code))
    }

    func all() async throws -> [Vector] {
        let good = try await signer.sign(claims)
        return try headers() + claimsVectors() + confusions() + forms(good) + signatures(good)
    }

    /// Headers that ask for something else, over a signature that is right for them.
    private func headers() throws -> [Vector] {
        var vectors: [Vector] = []
        for alg in [
            "none", "None", "nOnE", "NONE", "", "HS256", "HS512", "RS256", "ES256", "Ed25519",
        ] {
            let text = try genuine(header(alg: alg), payload())
            vectors.append(Vector(name: "alg \(alg)", text: text))
            let bare = text.split(separator: ".").dropLast().joined(separator: ".") + "."
            vectors.append(Vector(name: "alg \(alg), no signature", text: bare))
        }
        for typ in ["JWT", "refresh+jwt", "AT+JWT", "", "at+jwt "] {
            vectors.append(
                Vector(name: "typ \(typ)", text: try genuine(header(typ: typ), payload()))
            )
        }
        vectors.append(Vector(name: "no typ", text: try genuine(header(typ: nil), payload())))
        for kid in [
            "", "1", "../../../dev/null", "/etc/passwd", "ed25519-'; DROP TABLE users; --",
            "https://evil.example/k", "ed25519-0\(period.number)", "ed25519-+\(period.number)",
            "ed25519-\(period.number - 2)", "ed25519-\(period.number + 1)", "ed25519--1",
            "ed25519-99999999999999999999", "jwt-secret ", "ed25519-\(period.number)\\u0000",
            String(repeating: "k", count: 1_000),
        ] {
            vectors.append(
                Vector(
                    name: "kid \(kid.prefix(24))",
                    text: try genuine(header(kid: kid), payload())
                )
            )
        }
        for more in [
            #","crit":["exp"]"#, #","crit":[]"#, #","crit":["b64"],"b64":false"#,
        ] {
            vectors.append(Vector(name: more, text: try genuine(header(more: more), payload())))
        }
        // One name twice is two headers.
        for more in [
            #","alg":"none""#, #","alg":"EdDSA""#, #","kid":"x""#, #","\u0061lg":"none""#,
            #","x":1,"x":1"#, #","typ":[{}]"#,
        ] {
            vectors.append(Vector(name: more, text: try genuine(header(more: more), payload())))
        }
        for member in [
            #""role":"owner""#, #""role":"administrator""#, #""tenant":"\(claims.tenant)""#,
            #""exp":9999999999"#, #""\u0065xp":9999999999"#, #""aud":"sparc-api""#,
        ] {
            for twice in [
                "{" + member + "," + payload().dropFirst(),
                payload().dropLast() + "," + member + "}",
            ] {
                vectors.append(
                    Vector(name: "twice \(member)", text: try genuine(header(), twice))
                )
            }
        }
        return vectors
    }

    /// Claims that are not those of an access token of ours that is good now.
    private func claimsVectors() throws -> [Vector] {
        let changes: [(String, (inout [String: Any]) -> Void)] = [
            ("expired", { $0["exp"] = claims.issuedAt }),
            ("expired long ago", { $0["exp"] = 1 }),
            ("negative expiry", { $0["exp"] = -1 }),
            ("expiry as text", { $0["exp"] = "9999999999" }),
            ("expiry as fraction", { $0["exp"] = 99_999_999_999.5 }),
            ("no expiry", { $0["exp"] = nil }),
            ("issued in the future", { $0["iat"] = claims.issuedAt + 3_600 }),
            ("no issue", { $0["iat"] = nil }),
            ("another issuer", { $0["iss"] = "evil" }),
            ("no issuer", { $0["iss"] = nil }),
            ("another audience", { $0["aud"] = "sparc-session" }),
            ("audiences", { $0["aud"] = ["sparc-api", "evil"] }),
            ("no audience", { $0["aud"] = nil }),
            ("no subject", { $0["sub"] = nil }),
            ("subject is no id", { $0["sub"] = "admin" }),
            ("tenant is no id", { $0["tenant"] = "*" }),
            ("tenant is null", { $0["tenant"] = NSNull() }),
            ("no session", { $0["sid"] = nil }),
            ("session is no id", { $0["sid"] = "test" }),
            ("role is a number", { $0["role"] = 1 }),
        ]
        return try changes.map { name, change in
            Vector(name: name, text: try genuine(header(), payload(change)))
        }
    }

    /// One key used with another's algorithm.
    private func confusions() throws -> [Vector] {
        let publicKey = try keys.publicKey(period)
        let texts = [
            publicKey, Array(Base64.urlEncoded(publicKey).utf8),
            Array(Base64.encoded(publicKey).utf8),
            [], [UInt8](repeating: 0, count: 32), Array("secret".utf8),
        ]
        var vectors = texts.flatMap { key in
            [
                header(alg: "HS256"), header(alg: "HS256", kid: "jwt-secret"),
                header(kid: "jwt-secret"),
            ]
            .map {
                Vector(name: "HMAC with \(key.count) known bytes", text: hmac($0, payload(), key))
            }
        }
        vectors.append(
            Vector(name: "HMAC as EdDSA", text: hmac(header(), payload(), secret))
        )
        vectors.append(
            Vector(
                name: "secret with another algorithm",
                text: hmac(header(alg: "HS512", kid: "jwt-secret"), payload(), secret)
            )
        )
        // Its own key in the header.
        let own = Curve25519.Signing.PrivateKey()
        let x = Base64.urlEncoded(Array(own.publicKey.rawRepresentation))
        for more in [
            #","jwk":{"kty":"OKP","crv":"Ed25519","x":"\#(x)"}"#,
            #","jku":"https://evil.example/jwks.json""#, #","x5u":"https://evil.example/c.pem""#,
            #","x5c":["AA"]"#,
        ] {
            let input = Self.encoded(header(more: more)) + "." + Self.encoded(payload())
            let signature = try own.signature(for: Array(input.utf8))
            vectors.append(
                Vector(
                    name: String(more.prefix(8)),
                    text: input + "." + Base64.urlEncoded(Array(signature))
                )
            )
        }
        let refresh = RefreshToken(
            tenant: claims.tenant,
            session: claims.session,
            generation: 1
        ).text(key: Array(0..<32))
        vectors.append(Vector(name: "refresh token", text: refresh))
        return vectors
    }

    /// Texts that are no token, or another text of a good one.
    private func forms(_ good: String) throws -> [Vector] {
        let parts = good.split(separator: ".").map { String($0) }
        let deep = String(repeating: "[", count: 700) + String(repeating: "]", count: 700)
        return [
            ("empty", ""), ("dots", ".."), ("one part", parts[0]),
            ("two parts", parts[0] + "." + parts[1]),
            ("four parts", good + "." + parts[2]), ("padded", good + "="), ("space", good + " "),
            ("newline", good + "\n"), ("NUL", good + "\0"), ("leading dot", "." + good),
            ("plus", good.replacing("-", with: "+") + "+"),
            ("1 MB", String(repeating: "a", count: 1 << 20)),
            ("long", good + String(repeating: "A", count: 4_096)),
            ("header is an array", Self.encoded("[]") + "." + parts[1] + "." + parts[2]),
            ("header is deep", Self.encoded(deep) + "." + parts[1] + "." + parts[2]),
            ("header is no JSON", Self.encoded("{") + "." + parts[1] + "." + parts[2]),
            ("payload is empty", parts[0] + ".." + parts[2]),
            ("JSON serialisation", #"{"payload":"\#(parts[1])","signatures":[]}"#),
            ("encrypted", parts.joined(separator: ".") + ".AA.AA"),
            ("upper case", good.uppercased()),
        ].map { Vector(name: $0.0, text: $0.1) }
    }

    /// Signatures that are not that of these bytes.
    private func signatures(_ good: String) throws -> [Vector] {
        let parts = good.split(separator: ".").map { String($0) }
        let input = parts[0] + "." + parts[1] + "."
        let signature = Base64.decoded(parts[2]) ?? []
        // L, the order of the group, little endian (RFC 8032 section 5.1): S + L is another text of
        // the same equation.
        let order: [UInt8] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde,
            0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ]
        var malleable = signature
        var carry = 0
        for index in 0..<32 where signature.count == 64 {
            let sum = Int(signature[32 + index]) + Int(order[index]) + carry
            malleable[32 + index] = UInt8(truncatingIfNeeded: sum)
            carry = sum >> 8
        }
        var vectors = [
            ("all zero", [UInt8](repeating: 0, count: 64)),
            ("all ones", [UInt8](repeating: 255, count: 64)),
            ("S plus the order", malleable), ("short", Array(signature.dropLast())),
            ("long", signature + [0]), ("32 bytes", Array(signature.prefix(32))),
            ("halves swapped", Array(signature.suffix(32) + signature.prefix(32))),
            ("identity point", [1] + [UInt8](repeating: 0, count: 63)),
        ].map { Vector(name: "signature \($0.0)", text: input + Base64.urlEncoded($0.1)) }
        let other = Self.encoded(payload { $0["role"] = "administrator" })
        vectors.append(
            Vector(name: "another payload", text: parts[0] + "." + other + "." + parts[2])
        )
        return vectors
    }
}
