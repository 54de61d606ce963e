internal import FoundationEssentials
internal import JWTKit
internal import Keys

/// A provider's public key with the one algorithm that it is used with here: RS256, ES256 or EdDSA
/// with Ed25519 (RFC 7518 section 3, RFC 8037). No header of a token can choose another.
struct ProviderKey: Sendable {
    /// Shorter RSA keys can be factored, longer ones only cost time; bits.
    static let modulusBits = 2_048...8_192
    /// Bytes of the longest exponent; 65,537 has three.
    static let exponentLimit = 8
    /// Characters of the longest `kid` that is looked at.
    static let idLimit = 256

    let id: String?
    let algorithm: String
    /// Bytes of each signature by this key.
    let signatureLength: Int
    let collection: JWTKeyCollection

    /// The members of a key that matter here (RFC 7517 section 4).
    struct Members: Decodable {
        var kty: String
        var kid: String?
        var use: String?
        var alg: String?
        var keyOperations: [String]?
        var crv: String?
        var n: String?
        var e: String?
        var x: String?
        var y: String?

        private enum CodingKeys: String, CodingKey {
            case kty, kid, use, alg
            case keyOperations = "key_ops"
            case crv, n, e, x, y
        }
    }

    /// Nil for a key that is for something else, or of a kind that is not used here.
    init?(_ members: Members) async {
        guard members.use ?? "sig" == "sig",
            members.keyOperations.map({ $0.contains("verify") }) ?? true,
            (members.kid?.utf8.count ?? 0) <= Self.idLimit
        else { return nil }
        let collection = JWTKeyCollection()
        switch (members.kty, members.crv) {
        case ("RSA", nil):
            guard let length = await Self.addRSA(members, to: collection) else { return nil }
            algorithm = "RS256"
            signatureLength = length
        case ("EC", "P-256"):
            guard let x = Self.coordinate(members.x), let y = Self.coordinate(members.y),
                let key = try? ES256PublicKey(parameters: (x, y))
            else { return nil }
            await collection.add(ecdsa: key)
            algorithm = "ES256"
            signatureLength = 64
        case ("OKP", "Ed25519"):
            guard let x = Self.coordinate(members.x),
                let key = try? EdDSA.PublicKey(x: x, curve: .ed25519)
            else { return nil }
            await collection.add(eddsa: key)
            algorithm = "EdDSA"
            signatureLength = 64
        default: return nil
        }
        // RFC 9864 has names for one curve each.
        let names = algorithm == "EdDSA" ? ["EdDSA", "Ed25519"] : [algorithm]
        guard members.alg.map(names.contains) ?? true else { return nil }
        id = members.kid
        self.collection = collection
    }

    /// Adds an RSA key; the bytes of its signatures, or nil if it is none that is used here.
    private static func addRSA(
        _ members: Members,
        to collection: JWTKeyCollection
    ) async -> Int? {
        guard let n = members.n, let e = members.e, n.utf8.count <= modulusBits.upperBound / 4,
            let modulus = Base64.decoded(n), let exponent = Base64.decoded(e),
            let first = modulus.first, first != 0, exponent.count <= exponentLimit,
            let last = exponent.last, last & 1 == 1, exponent != [1],
            modulusBits.contains(modulus.count * 8 - first.leadingZeroBitCount),
            let key = try? Insecure.RSA.PublicKey(modulus: n, exponent: e)
        else { return nil }
        await collection.add(rsa: key, digestAlgorithm: .sha256)
        return modulus.count
    }

    /// The text of 32 bytes; nil for anything else.
    private static func coordinate(_ text: String?) -> String? {
        guard let text, text.utf8.count <= 64, Base64.decoded(text)?.count == 32 else { return nil }
        return text
    }
}
