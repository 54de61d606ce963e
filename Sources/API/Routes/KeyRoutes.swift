internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Identity
internal import Keys

/// The public keys of access tokens, for whoever checks them elsewhere (RFC 7517).
struct KeyRoutes {
    let services: APIServices

    func add(to router: Router<APIContext>) {
        router.get("/.well-known/jwks.json") { _, _ in try list() }
    }

    private struct Key: Encodable {
        var kty = "OKP"
        var crv = "Ed25519"
        var use = "sig"
        var alg = "EdDSA"
        var kid: String
        var x: String
    }

    private struct Keys: Encodable {
        var keys: [Key]
    }

    /// Those in use and the next, so that a copy of an hour's age knows every key.
    private func list() throws -> Response {
        let keys = try SigningPeriod.published(at: services.now()).map { period in
            Key(
                kid: period.keyID,
                x: Base64.urlEncoded(try services.tokens.publicKey(period))
            )
        }
        return JSONText.response(
            Keys(keys: keys),
            headers: [.cacheControl: "public, max-age=3600"]
        )
    }
}
