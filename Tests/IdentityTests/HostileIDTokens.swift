import Crypto
import CryptoExtras
import Foundation
import Identity
import Keys

/// ID tokens as attackers, and providers that are broken, make them, each with its name. All know the
/// public keys.
struct HostileIDTokens {
    let provider: TestProvider

    /// One attack.
    struct Vector {
        var name: String
        var text: String
    }

    func all() throws -> [Vector] {
        let good = try provider.sign(.rsa, provider.header(.rsa), provider.payload())
        return try headers() + claims() + confusions() + forms(good) + signatures()
    }

    /// Headers that ask for something else, over a signature that is right for the key.
    private func headers() throws -> [Vector] {
        var vectors: [Vector] = []
        for key in TestProvider.Key.allCases {
            for alg in [
                "none", "None", "nOnE", "", "HS256", "RS384", "RS512", "PS256", "ES384", "ES256K",
                "Ed25519", "rs256",
            ] {
                let text = try provider.sign(
                    key,
                    provider.header(key, alg: alg),
                    provider.payload()
                )
                let bare = text.split(separator: ".").dropLast().joined(separator: ".") + "."
                vectors.append(Vector(name: "\(key), alg \(alg)", text: text))
                vectors.append(Vector(name: "\(key), alg \(alg), no signature", text: bare))
            }
            for kid in [
                "", "none", "../../../dev/null", "'; DROP TABLE users; --", "\(key) ",
                "https://evil.example/k", String(repeating: "k", count: 1_000),
            ] {
                let header = provider.header(key, kid: kid)
                vectors.append(
                    Vector(
                        name: "\(key), kid \(kid.prefix(24))",
                        text: try provider.sign(key, header, provider.payload())
                    )
                )
            }
        }
        for more in [
            #","crit":["exp"]"#, #","crit":[]"#, #","crit":["b64"],"b64":false"#, #","b64":false"#,
            #","typ":"at+jwt""#, #","typ":"logout+jwt""#, #","typ":"""#, #","typ":1"#,
            #","alg":"RS256""#, #","kid":"rsa""#, #","\u0061lg":"none""#, #","x":1,"x":1"#,
        ] {
            let header = provider.header(.rsa, more: more)
            vectors.append(
                Vector(name: more, text: try provider.sign(.rsa, header, provider.payload()))
            )
        }
        return vectors
    }

    /// Claims of somebody else's token, of another moment, or of none.
    private func claims() throws -> [Vector] {
        let now = TestProvider.now
        let changes: [(String, (inout [String: Any]) -> Void)] = [
            ("another issuer", { $0["iss"] = "https://evil.example" }),
            ("issuer with a slash", { $0["iss"] = TestProvider.issuer + "/" }),
            ("issuer in upper case", { $0["iss"] = TestProvider.issuer.uppercased() }),
            ("no issuer", { $0["iss"] = nil }),
            ("another audience", { $0["aud"] = "evil" }),
            ("audience with a space", { $0["aud"] = "sparc " }),
            ("no audience", { $0["aud"] = nil }), ("empty audience", { $0["aud"] = [String]() }),
            ("audience is a number", { $0["aud"] = 1 }),
            ("two audiences without azp", { $0["aud"] = ["sparc", "evil"] }),
            (
                "two audiences for the other",
                {
                    $0["aud"] = ["sparc", "evil"]
                    $0["azp"] = "evil"
                }
            ),
            ("azp of another", { $0["azp"] = "evil" }),
            (
                "audience in azp alone",
                {
                    $0["aud"] = "evil"
                    $0["azp"] = "sparc"
                }
            ),
            ("another nonce", { $0["nonce"] = "another" }), ("no nonce", { $0["nonce"] = nil }),
            ("empty nonce", { $0["nonce"] = "" }), ("nonce is null", { $0["nonce"] = NSNull() }),
            ("nonce is an array", { $0["nonce"] = [TestProvider.nonce] }),
            ("expired now", { $0["exp"] = now }), ("expired long ago", { $0["exp"] = 1 }),
            ("negative expiry", { $0["exp"] = -1 }),
            ("expiry as text", { $0["exp"] = "9999999999" }),
            ("no expiry", { $0["exp"] = nil }), ("expiry is true", { $0["exp"] = true }),
            ("issued in the future", { $0["iat"] = now + 61 }),
            ("issued long before the login", { $0["iat"] = now - 601 }),
            ("no issue", { $0["iat"] = nil }), ("negative issue", { $0["iat"] = -1 }),
            ("huge issue", { $0["iat"] = 1e300 }), ("issue as text", { $0["iat"] = "\(now)" }),
            ("not yet good", { $0["nbf"] = now + 61 }),
            ("no subject", { $0["sub"] = nil }), ("empty subject", { $0["sub"] = "" }),
            ("subject is a number", { $0["sub"] = 1 }),
            ("subject is null", { $0["sub"] = NSNull() }),
            ("subject with NUL", { $0["sub"] = "alice\0" }),
            ("subject with a line break", { $0["sub"] = "alice\nadmin" }),
            ("subject too long", { $0["sub"] = String(repeating: "a", count: 256) }),
            (
                "another access token's hash",
                { $0["at_hash"] = TestProvider.accessTokenHash(.rsa, of: "x") }
            ),
            (
                "at_hash by another algorithm",
                { $0["at_hash"] = TestProvider.accessTokenHash(.edwards) }
            ),
            ("empty at_hash", { $0["at_hash"] = "" }),
            ("at_hash is a number", { $0["at_hash"] = 1 }),
        ]
        return try changes.map { name, change in
            Vector(
                name: name,
                text: try provider.sign(.rsa, provider.header(.rsa), provider.payload(change))
            )
        }
    }

    /// One key used as another, and keys that the token brings itself.
    private func confusions() throws -> [Vector] {
        let modulus = Array(try provider.rsa.publicKey.getKeyPrimitives().modulus)
        let known: [[UInt8]] = [
            modulus, Array(Base64.urlEncoded(modulus).utf8),
            Array(provider.rsa.publicKey.pemRepresentation.utf8),
            Array(provider.rsa.publicKey.derRepresentation),
            Array(try provider.members(.rsa).utf8),
            Array(provider.elliptic.publicKey.rawRepresentation),
            Array(provider.elliptic.publicKey.x963Representation),
            Array(provider.edwards.publicKey.rawRepresentation), [], Array("secret".utf8),
        ]
        var vectors: [Vector] = []
        for bytes in known {
            for key in TestProvider.Key.allCases {
                for alg in ["HS256", key.rawValue] {
                    let input =
                        TestProvider.encoded(provider.header(key, alg: alg)) + "."
                        + TestProvider.encoded(provider.payload())
                    let code = HMAC<SHA256>.authenticationCode(
                        for: Array(input.utf8),
                        using: SymmetricKey(data: bytes)
                    )
                    vectors.append(
                        Vector(
                            name: "HMAC with \(bytes.count) known bytes as \(key) \(alg)",
                            text: input + "." + Base64.urlEncoded(Array(code))
                        )
                    )
                }
            }
        }
        for key in TestProvider.Key.allCases {
            for other in TestProvider.Key.allCases where other != key {
                for kid in ["\(key)", "\(other)"] {
                    let header = provider.header(key, kid: kid)
                    vectors.append(
                        Vector(
                            name: "signed by \(other), said to be \(key), kid \(kid)",
                            text: try provider.sign(other, header, provider.payload())
                        )
                    )
                }
            }
        }
        let own = try TestProvider()
        for key in TestProvider.Key.allCases {
            let jwk = try own.members(key).replacing("\n", with: "")
            for more in [
                "", #","jwk":{\#(jwk)}"#, #","jku":"https://evil.example/jwks.json""#,
                #","x5u":"https://evil.example/c.pem""#, #","x5c":["AA"]"#,
            ] {
                vectors.append(
                    Vector(
                        name: "\(key) of somebody else\(more.prefix(8))",
                        text: try own.sign(
                            key,
                            own.header(key, more: more),
                            own.payload()
                        )
                    )
                )
            }
        }
        return vectors
    }

    /// Texts that are no token, or another text of a good one.
    private func forms(_ good: String) throws -> [Vector] {
        let parts = good.split(separator: ".").map { String($0) }
        let deep = String(repeating: "[", count: 2_000) + String(repeating: "]", count: 2_000)
        let array = try provider.sign(.rsa, provider.header(.rsa), "[]")
        let nothing = try provider.sign(.rsa, provider.header(.rsa), "")
        let nested = try provider.sign(.rsa, provider.header(.rsa), deep)
        return [
            ("empty", ""), ("dots", ".."), ("one part", parts[0]),
            ("two parts", parts[0] + "." + parts[1]),
            ("four parts", good + "." + parts[2]), ("padded", good + "="), ("space", good + " "),
            ("newline", good + "\n"), ("NUL", good + "\0"), ("leading dot", "." + good),
            ("standard alphabet", good.replacing("-", with: "+").replacing("_", with: "/") + "+"),
            ("1 MB", String(repeating: "a", count: 1 << 20)),
            ("header is an array", TestProvider.encoded("[]") + "." + parts[1] + "." + parts[2]),
            ("header is deep", TestProvider.encoded(deep) + "." + parts[1] + "." + parts[2]),
            ("header is no JSON", TestProvider.encoded("{") + "." + parts[1] + "." + parts[2]),
            ("payload is empty", parts[0] + ".." + parts[2]), ("payload is an array", array),
            ("payload is nothing", nothing), ("payload is deep", nested),
            ("JSON serialisation", #"{"payload":"\#(parts[1])","signatures":[]}"#),
            ("encrypted", parts.joined(separator: ".") + ".AA.AA"),
            ("upper case", good.uppercased()),
        ].map { Vector(name: $0.0, text: $0.1) }
    }

    /// Signatures that are not those of these bytes.
    private func signatures() throws -> [Vector] {
        var vectors: [Vector] = []
        for key in TestProvider.Key.allCases {
            let text = try provider.sign(key, provider.header(key), provider.payload())
            let parts = text.split(separator: ".").map { String($0) }
            let input = parts[0] + "." + parts[1] + "."
            let signature = Base64.decoded(parts[2]) ?? []
            var flipped = signature
            flipped[flipped.count - 1] ^= 1
            let forgeries: [(String, [UInt8])] = [
                ("zero", [UInt8](repeating: 0, count: signature.count)),
                ("ones", [UInt8](repeating: 255, count: signature.count)),
                ("one bit", flipped), ("short", Array(signature.dropLast())),
                ("long", signature + [0]), ("led by zero", [0] + signature), ("none", []),
                (
                    "halves swapped",
                    Array(
                        signature.suffix(signature.count / 2)
                            + signature.prefix(signature.count / 2)
                    )
                ),
                ("one and zero", [1] + [UInt8](repeating: 0, count: signature.count - 1)),
            ]
            vectors += forgeries.map {
                Vector(name: "\(key), signature \($0.0)", text: input + Base64.urlEncoded($0.1))
            }
            let other = TestProvider.encoded(provider.payload { $0["sub"] = "admin" })
            vectors.append(
                Vector(
                    name: "\(key), another payload",
                    text: parts[0] + "." + other + "." + parts[2]
                )
            )
        }
        let input =
            TestProvider.encoded(provider.header(.elliptic)) + "."
            + TestProvider.encoded(provider.payload())
        let encoded = try provider.elliptic.signature(for: Array(input.utf8)).derRepresentation
        vectors.append(
            Vector(name: "DER signature", text: input + "." + Base64.urlEncoded(Array(encoded)))
        )
        return vectors
    }
}
