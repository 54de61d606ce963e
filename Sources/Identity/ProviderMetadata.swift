internal import FoundationEssentials

/// What a provider says of itself (OpenID Connect Discovery 1.0 section 3), as far as a login needs
/// it. Its URLs are texts yet: who connects checks where they lead.
package struct ProviderMetadata: Hashable, Sendable {
    /// Bytes of the longest document.
    package static let lengthLimit = 65_536
    private static let algorithms: Set<String> = ["RS256", "ES256", "EdDSA"]

    /// How the client says who it is when it redeems a code (RFC 6749 section 2.3.1).
    package enum ClientAuthentication: String, Sendable, Hashable {
        case basic = "client_secret_basic"
        case post = "client_secret_post"
    }

    /// Why a document is of no use, in words for an operator.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    package let issuer: String
    package let authorizationEndpoint: String
    package let tokenEndpoint: String
    package let keysURL: String
    package let userInfoEndpoint: String?
    package let clientAuthentication: ClientAuthentication
    /// Whether each answer to a browser says whose it is (RFC 9207).
    package let answersWithIssuer: Bool

    private struct Members: Decodable {
        var issuer: String
        var authorizationEndpoint: String
        var tokenEndpoint: String
        var jwksUri: String
        var userinfoEndpoint: String?
        var responseTypesSupported: [String]?
        var codeChallengeMethodsSupported: [String]?
        var idTokenSigningAlgValuesSupported: [String]?
        var tokenEndpointAuthMethodsSupported: [String]?
        var authorizationResponseIssParameterSupported: Bool?
    }

    /// Where the document of an issuer is (section 4).
    package static func url(of issuer: String) -> String {
        let base = issuer.last == "/" ? String(issuer.dropLast()) : issuer
        return base + "/.well-known/openid-configuration"
    }

    /// Reads and checks a document.
    /// - Parameter issuer: As configured; the document must say the same, letter for letter.
    package init(_ bytes: [UInt8], issuer: String) throws(Refusal) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard bytes.count <= Self.lengthLimit,
            let members = try? decoder.decode(Members.self, from: Data(bytes))
        else { throw Refusal(description: "the document is not that of an OpenID provider") }
        guard members.issuer == issuer else {
            throw Refusal(description: "the document names another issuer than was configured")
        }
        guard members.responseTypesSupported?.contains("code") ?? true else {
            throw Refusal(description: "the provider has no authorization code flow")
        }
        // Many that check it do not say so; one that says it has none of it is believed.
        guard members.codeChallengeMethodsSupported?.contains("S256") ?? true else {
            throw Refusal(description: "the provider does not check PKCE by S256")
        }
        let signing = members.idTokenSigningAlgValuesSupported
        guard signing.map({ !Self.algorithms.isDisjoint(with: $0) }) ?? true else {
            throw Refusal(description: "the provider signs by none of RS256, ES256 and EdDSA")
        }
        // `client_secret_basic` is the default (section 3).
        let methods = members.tokenEndpointAuthMethodsSupported ?? ["client_secret_basic"]
        guard let method = methods.lazy.compactMap(ClientAuthentication.init).first else {
            throw Refusal(description: "the provider takes no client secret")
        }
        self.issuer = issuer
        authorizationEndpoint = members.authorizationEndpoint
        tokenEndpoint = members.tokenEndpoint
        keysURL = members.jwksUri
        userInfoEndpoint = members.userinfoEndpoint
        clientAuthentication =
            methods.contains(ClientAuthentication.basic.rawValue) ? .basic : method
        answersWithIssuer = members.authorizationResponseIssParameterSupported ?? false
    }

    /// All of its URLs.
    package var urls: [String] {
        [authorizationEndpoint, tokenEndpoint, keysURL] + (userInfoEndpoint.map { [$0] } ?? [])
    }
}
