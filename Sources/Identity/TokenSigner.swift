package import Domain
internal import FoundationEssentials
internal import JWTKit
internal import Keys

/// Signs and checks access tokens (RFC 9068): JWT with HS256 and a key id. Prints nothing of the key.
package struct TokenSigner: Sendable, CustomStringConvertible, CustomReflectable {
    /// Longest token that is read, bytes; ours have about 500.
    package static let lengthLimit = 2_048
    /// The header's `typ`.
    private static let type = "at+jwt"
    /// How far in the future a token may have been issued, seconds: two machines' clocks.
    package static let clockTolerance: Int64 = 60

    /// The `kid` of every token.
    package let keyID: String
    private let keys: JWTKeyCollection

    /// The key has 32 bytes (`KeyRing.derive(.accessToken)`).
    package init(key: [UInt8], keyID: String = "1") async {
        self.keyID = keyID
        keys = await JWTKeyCollection().add(
            hmac: HMACKey(from: key),
            digestAlgorithm: .sha256,
            kid: JWKIdentifier(string: keyID)
        )
    }

    /// The token's text. Throws `malformed` if the claims cannot be encoded.
    package func sign(_ claims: TokenClaims) async throws(TokenError) -> String {
        do {
            return try await keys.sign(
                TokenPayload(claims),
                kid: JWKIdentifier(string: keyID),
                header: ["typ": .string(Self.type)]
            )
        } catch {
            throw TokenError(.malformed)
        }
    }

    /// The claims of a token that is valid at `now`.
    package func verify(
        _ text: String,
        now: WallTime
    ) async throws(TokenError) -> TokenClaims {
        try checkForm(text)
        let payload: TokenPayload
        do {
            payload = try await keys.verify(text, as: TokenPayload.self)
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

    private func checkForm(_ text: String) throws(TokenError) {
        guard text.utf8.count <= Self.lengthLimit else { throw TokenError(.malformed) }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        // Strict base64url: two texts with one meaning would be two tokens for one session.
        guard parts.count == 3, !text.utf8.contains(61), !text.utf8.contains(43),
            !text.utf8.contains(47), let head = Base64.decoded(parts[0]),
            Base64.decoded(parts[1]) != nil, let signature = Base64.decoded(parts[2]),
            let header = try? JSONDecoder().decode(Header.self, from: Data(head))
        else { throw TokenError(.malformed) }
        guard header.alg == "HS256", header.typ == Self.type, header.kid == keyID,
            header.crit == nil
        else { throw TokenError(.foreign) }
        guard signature.count == 32 else { throw TokenError(.notAuthentic) }
    }

    package var description: String {
        "(token signer, key \(keyID))"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
