import Crypto
import CryptoExtras
import Foundation
import Identity
import Keys

/// A provider of identities with a key of each kind, and what it signs.
struct TestProvider: Sendable {
    /// Which of its keys.
    enum Key: String, Sendable, CaseIterable {
        case rsa = "RS256"
        case elliptic = "ES256"
        case edwards = "EdDSA"
    }

    static let issuer = "https://id.example.com"
    static let client = "sparc"
    static let nonce = "the nonce of this login"
    static let accessToken = "an access token"
    static let now: Int64 = 1_800_000_000

    let rsa: _RSA.Signing.PrivateKey
    let elliptic = P256.Signing.PrivateKey()
    let edwards = Curve25519.Signing.PrivateKey()

    init() throws {
        rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    }

    static func encoded(_ text: String) -> String { Base64.urlEncoded(Array(text.utf8)) }

    func header(
        _ key: Key,
        alg: String? = nil,
        kid: String? = nil,
        more: String = ""
    ) -> String {
        #"{"alg":"\#(alg ?? key.rawValue)","kid":"\#(kid ?? "\(key)")"\#(more)}"#
    }

    func payload(_ change: (inout [String: Any]) -> Void = { _ in }) -> String {
        var members: [String: Any] = [
            "iss": Self.issuer, "aud": Self.client, "sub": "alice", "nonce": Self.nonce,
            "iat": Self.now, "exp": Self.now + 300, "email": "alice@example.com",
            "email_verified": true,
        ]
        change(&members)
        let data = try? JSONSerialization.data(withJSONObject: members)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// A token that is signed as the key signs.
    func sign(_ key: Key, _ header: String, _ payload: String) throws -> String {
        let input = Self.encoded(header) + "." + Self.encoded(payload)
        return input + "." + Base64.urlEncoded(try signature(key, Array(input.utf8)))
    }

    func signature(_ key: Key, _ bytes: [UInt8]) throws -> [UInt8] {
        switch key {
        case .rsa:
            Array(
                try rsa.signature(
                    for: SHA256.hash(data: bytes),
                    padding: .insecurePKCS1v1_5
                ).rawRepresentation
            )
        case .elliptic: Array(try elliptic.signature(for: bytes).rawRepresentation)
        case .edwards: Array(try edwards.signature(for: bytes))
        }
    }

    /// The members of a key in a JWKS.
    func members(_ key: Key, more: String = "") throws -> String {
        let text: String
        switch key {
        case .rsa:
            let primitives = try rsa.publicKey.getKeyPrimitives()
            text = """
                "kty":"RSA","n":"\(Base64.urlEncoded(Array(primitives.modulus)))",
                "e":"\(Base64.urlEncoded(Array(primitives.publicExponent)))"
                """
        case .elliptic:
            let point = Array(elliptic.publicKey.rawRepresentation)
            text = """
                "kty":"EC","crv":"P-256","x":"\(Base64.urlEncoded(point.prefix(32)))",
                "y":"\(Base64.urlEncoded(point.suffix(32)))"
                """
        case .edwards:
            let x = Base64.urlEncoded(Array(edwards.publicKey.rawRepresentation))
            text = #""kty":"OKP","crv":"Ed25519","x":"\#(x)""#
        }
        return text + more
    }

    func keys(_ entries: [String]) async -> ProviderKeySet? {
        await ProviderKeySet(Array(#"{"keys":[\#(entries.joined(separator: ","))]}"#.utf8))
    }

    /// All three, each with its name as `kid`.
    func allKeys() async throws -> ProviderKeySet? {
        await keys(
            try Key.allCases.map { "{" + (try members($0, more: #","kid":"\#($0)""#)) + "}" }
        )
    }

    /// The left half of the access token's hash, as the key's algorithm has it.
    static func accessTokenHash(_ key: Key, of text: String = accessToken) -> String {
        let bytes = Array(text.utf8)
        return key == .edwards
            ? Base64.urlEncoded(Array(SHA512.hash(data: bytes)).prefix(32))
            : Base64.urlEncoded(Array(SHA256.hash(data: bytes)).prefix(16))
    }

    static var verifier: IDTokenVerifier {
        IDTokenVerifier(issuer: issuer, clientID: client, nonce: nonce, accessToken: accessToken)
    }
}
