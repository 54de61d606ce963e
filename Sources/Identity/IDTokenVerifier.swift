internal import Crypto
package import Domain
internal import FoundationEssentials
internal import JWTKit
internal import Keys

/// Checks the ID token that a provider answered with (OpenID Connect Core 1.0 section 3.1.3.7), more
/// strictly than it asks where providers allow it.
package struct IDTokenVerifier: Hashable, Sendable {
    /// Longest token that is read, bytes: some carry a person's groups.
    package static let lengthLimit = 16_384
    /// How far in the future a token may have been issued, seconds: two machines' clocks.
    package static let clockTolerance: Int64 = 60
    /// How long ago a token may have been issued, seconds: it is made when the code is redeemed.
    package static let ageLimit: Int64 = 600
    /// Bytes of the longest `sub` (section 2).
    static let subjectLimit = 255

    /// As configured, and as the provider's own description says.
    package var issuer: String
    package var clientID: String
    /// What this login asked with.
    package var nonce: String
    /// What came with the token.
    package var accessToken: String?

    package init(issuer: String, clientID: String, nonce: String, accessToken: String?) {
        self.issuer = issuer
        self.clientID = clientID
        self.nonce = nonce
        self.accessToken = accessToken
    }

    /// What the token says. Throws `unknownKey` if it may be good with newer keys.
    package func verify(
        _ text: String,
        keys: ProviderKeySet,
        now: WallTime
    ) async throws(IDTokenError) -> IDTokenClaims {
        let (header, payload, signature) = try Self.parts(text)
        guard header.crit == nil, header.b64 == nil,
            header.typ.map({ $0.lowercased() == "jwt" }) ?? true
        else { throw IDTokenError(.algorithm) }
        let key = try keys.key(id: header.kid, algorithm: header.alg)
        guard signature.count == key.signatureLength else { throw IDTokenError(.notAuthentic) }
        do {
            _ = try await key.collection.verify(text, as: AnyPayload.self)
        } catch {
            throw IDTokenError(.notAuthentic)
        }
        guard let claims = try? JSONDecoder().decode(Claims.self, from: Data(payload)),
            let email = try? JSONDecoder().decode(EmailClaims.self, from: Data(payload)),
            let shown = try? JSONDecoder().decode(MethodClaims.self, from: Data(payload))
        else { throw IDTokenError(.malformed) }
        try check(claims, now: now)
        try checkAccessToken(claims, key)
        return IDTokenClaims(
            subject: claims.sub,
            email: email.email,
            isEmailVerified: email.isVerified,
            methods: shown.methods
        )
    }

    private struct Header: Decodable {
        var alg: String
        var kid: String?
        var typ: String?
        var crit: [String]?
        var b64: Bool?
    }

    /// Everything is read after the signature is found right.
    private struct AnyPayload: JWTPayload {
        func verify(using key: some JWTAlgorithm) async throws {}
    }

    private struct Claims: Decodable {
        var iss: String
        var sub: String
        var aud: Audience
        var azp: String?
        var exp: Double
        var iat: Double
        var nbf: Double?
        var nonce: String
        var accessTokenHash: String?

        enum CodingKeys: String, CodingKey {
            case iss, sub, aud, azp, exp, iat, nbf, nonce
            case accessTokenHash = "at_hash"
        }
    }

    /// One text or an array of them (RFC 7519 section 4.1.3).
    private struct Audience: Decodable {
        var names: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let name = try? container.decode(String.self) {
                names = [name]
            } else {
                names = try container.decode([String].self)
            }
        }
    }

    /// Strict base64url: the text that is checked has one meaning.
    private static func parts(
        _ text: String
    ) throws(IDTokenError) -> (header: Header, payload: [UInt8], signature: [UInt8]) {
        guard text.utf8.count <= lengthLimit else { throw IDTokenError(.malformed) }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, !text.utf8.contains(where: { [43, 47, 61].contains($0) }),
            let head = Base64.decoded(parts[0]), let payload = Base64.decoded(parts[1]),
            let signature = Base64.decoded(parts[2]),
            let header = try? JSONDecoder().decode(Header.self, from: Data(head)),
            UniqueMembers.areInObject(head), UniqueMembers.areInObject(payload)
        else { throw IDTokenError(.malformed) }
        return (header, payload, signature)
    }

    private func check(_ claims: Claims, now: WallTime) throws(IDTokenError) {
        guard !claims.sub.isEmpty, claims.sub.utf8.count <= Self.subjectLimit,
            claims.sub.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
        else { throw IDTokenError(.malformed) }
        guard claims.iss == issuer, claims.aud.names.contains(clientID),
            claims.azp.map({ $0 == clientID }) ?? (claims.aud.names.count == 1)
        else { throw IDTokenError(.foreign) }
        guard ConstantTime.equal(claims.nonce, nonce) else { throw IDTokenError(.nonce) }
        // Comparisons with what is no number are false.
        let seconds = Double(now.microseconds / 1_000_000)
        let latest = seconds + Double(Self.clockTolerance)
        guard claims.exp > seconds, claims.iat <= latest,
            claims.iat >= seconds - Double(Self.ageLimit), claims.exp > claims.iat,
            claims.nbf.map({ $0 <= latest }) ?? true
        else { throw IDTokenError(.time) }
    }

    /// The left half of the access token's hash (section 3.1.3.6), where the token has one.
    private func checkAccessToken(
        _ claims: Claims,
        _ key: ProviderKey
    ) throws(IDTokenError) {
        guard let wanted = claims.accessTokenHash else { return }
        guard let accessToken else { throw IDTokenError(.accessToken) }
        let bytes = Array(accessToken.utf8)
        // Ed25519 hashes with SHA-512 (RFC 8032 section 5.1), the other two with SHA-256.
        let hash =
            key.algorithm == "EdDSA"
            ? Array(SHA512.hash(data: bytes)) : Array(SHA256.hash(data: bytes))
        guard ConstantTime.equal(wanted, Base64.urlEncoded(hash.prefix(hash.count / 2))) else {
            throw IDTokenError(.accessToken)
        }
    }
}
