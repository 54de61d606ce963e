package import Domain
internal import FoundationEssentials
internal import JWTKit
internal import Keys

/// Signs and checks access tokens (RFC 9068). Each key has one algorithm, which its `kid` says and
/// no header can change: Ed25519 with the key of the present period, or HS256 where the deployment
/// guide's `JWT_SECRET` is set. Prints nothing of the keys.
package struct TokenSigner: Sendable, CustomStringConvertible, CustomReflectable {
    /// Longest token that is read, bytes; ours have about 500.
    package static let lengthLimit = 2_048
    /// How far in the future a token may have been issued, seconds: two machines' clocks.
    package static let clockTolerance: Int64 = 60
    /// The `kid` of tokens that are signed with `JWT_SECRET`.
    package static let secretKeyID = "jwt-secret"
    /// The header's `typ`.
    private static let type = "at+jwt"

    private let keys: SigningKeys
    /// Nil unless `JWT_SECRET` is set.
    private let secret: JWTKeyCollection?

    /// - Parameters:
    ///   - keys: Of every period.
    ///   - secret: Bytes of `JWT_SECRET`, 32 at least; new tokens are signed with it, those that the
    ///     other keys signed are good all the same.
    package init(_ keys: SigningKeys, secret: [UInt8]? = nil) async {
        self.keys = keys
        if let secret {
            self.secret = await JWTKeyCollection().add(
                hmac: HMACKey(from: secret),
                digestAlgorithm: .sha256,
                kid: JWKIdentifier(string: Self.secretKeyID)
            )
        } else {
            self.secret = nil
        }
    }

    /// The 32 bytes of a period's public key.
    package func publicKey(_ period: SigningPeriod) throws(TokenError) -> [UInt8] {
        try keys.publicKey(period)
    }

    /// The token's text. Throws `malformed` if the claims cannot be encoded.
    package func sign(_ claims: TokenClaims) async throws(TokenError) -> String {
        let period = SigningPeriod(of: WallTime(seconds: claims.issuedAt))
        let collection: JWTKeyCollection
        if let secret {
            collection = secret
        } else {
            collection = try await keys.collection(period)
        }
        do {
            return try await collection.sign(
                TokenPayload(claims),
                kid: JWKIdentifier(string: secret == nil ? period.keyID : Self.secretKeyID),
                header: ["typ": .string(Self.type)]
            )
        } catch {
            throw TokenError(.malformed)
        }
    }

    /// The claims of a token that is valid at `now`.
    package func verify(_ text: String, now: WallTime) async throws(TokenError) -> TokenClaims {
        let collection = try await collection(of: text, now: now)
        let payload: TokenPayload
        do {
            payload = try await collection.verify(text, as: TokenPayload.self)
        } catch {
            throw TokenError(.notAuthentic)
        }
        guard payload.iss == TokenPayload.issuer, payload.aud == TokenPayload.audience else {
            throw TokenError(.foreign)
        }
        let seconds = now.microseconds / 1_000_000
        guard seconds < payload.exp, payload.iat <= seconds + Self.clockTolerance else {
            throw TokenError(.expired)
        }
        return payload.claims
    }

    /// What the header must say, before any of it is trusted for anything.
    private struct Header: Decodable {
        var alg: String
        var typ: String
        var kid: String
        var crit: [String]?
    }

    /// The one key that the token's `kid` names, if the rest of the header is that key's.
    private func collection(
        of text: String,
        now: WallTime
    ) async throws(TokenError) -> JWTKeyCollection {
        guard text.utf8.count <= Self.lengthLimit else { throw TokenError(.malformed) }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        // Strict base64url: two texts with one meaning would be two tokens for one session.
        guard parts.count == 3, !text.utf8.contains(61), !text.utf8.contains(43),
            !text.utf8.contains(47), let head = Base64.decoded(parts[0]),
            let payload = Base64.decoded(parts[1]), let signature = Base64.decoded(parts[2]),
            let header = try? JSONDecoder().decode(Header.self, from: Data(head)),
            UniqueMembers.areInObject(head), UniqueMembers.areInObject(payload)
        else { throw TokenError(.malformed) }
        guard header.typ == Self.type, header.crit == nil else { throw TokenError(.foreign) }
        if let secret, header.kid == Self.secretKeyID {
            guard header.alg == "HS256" else { throw TokenError(.foreign) }
            guard signature.count == 32 else { throw TokenError(.notAuthentic) }
            return secret
        }
        guard header.alg == "EdDSA", let period = SigningPeriod(keyID: header.kid),
            period.isUsable(at: now, tolerance: Self.clockTolerance)
        else { throw TokenError(.foreign) }
        guard signature.count == 64 else { throw TokenError(.notAuthentic) }
        return try await keys.collection(period)
    }

    package var description: String {
        "(token signer)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
