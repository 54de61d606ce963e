internal import Keys

/// What is sent to a provider: where the browser goes, and how a code is redeemed.
package struct ProviderRequests: Hashable, Sendable {
    /// OpenID Connect Core 1.0 sections 3.1.2.1 and 5.4.
    static let scope = "openid email"

    package var metadata: ProviderMetadata
    package var clientID: String
    package var redirectURI: String

    package init(metadata: ProviderMetadata, clientID: String, redirectURI: String) {
        self.metadata = metadata
        self.clientID = clientID
        self.redirectURI = redirectURI
    }

    /// Where the browser goes to log in.
    package func authorizationURL(state: String, nonce: String, proof: ProofKey) -> String {
        let endpoint = metadata.authorizationEndpoint
        let query = Self.form([
            ("response_type", "code"), ("client_id", clientID), ("redirect_uri", redirectURI),
            ("scope", Self.scope), ("state", state), ("nonce", nonce),
            ("code_challenge", proof.challenge), ("code_challenge_method", "S256"),
        ])
        // An endpoint may have a query of its own (RFC 6749 section 3.1).
        return endpoint + (endpoint.contains("?") ? "&" : "?") + query
    }

    /// Headers and body that redeem a code (OpenID Connect Core 1.0 section 3.1.3.1).
    package func redemption(
        code: String,
        proof: ProofKey,
        clientSecret: String
    ) -> (headers: [(name: String, value: String)], body: [UInt8]) {
        var items = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
            ("code_verifier", proof.verifier),
        ]
        var headers = [
            (name: "Content-Type", value: "application/x-www-form-urlencoded"),
            (name: "Accept", value: "application/json"),
        ]
        switch metadata.clientAuthentication {
        case .basic:
            let pair = Self.encoded(clientID) + ":" + Self.encoded(clientSecret)
            headers.append(
                (name: "Authorization", value: "Basic " + Base64.encoded(Array(pair.utf8)))
            )
        case .post:
            items += [("client_id", clientID), ("client_secret", clientSecret)]
        }
        return (headers, Array(Self.form(items).utf8))
    }

    private static func form(_ items: [(String, String)]) -> String {
        items.map { encoded($0.0) + "=" + encoded($0.1) }.joined(separator: "&")
    }

    /// Everything but unreserved characters as escapes, which every reader of forms takes.
    private static func encoded(_ text: String) -> String {
        var output = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126:
                output.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                output += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return output
    }
}
