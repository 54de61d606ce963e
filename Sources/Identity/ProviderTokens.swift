internal import FoundationEssentials

/// What a provider gives for a code (OpenID Connect Core 1.0 section 3.1.3.3). Prints nothing of it.
package struct ProviderTokens: Sendable, CustomStringConvertible, CustomReflectable {
    /// Bytes of the longest answer.
    package static let lengthLimit = 65_536
    /// Bytes of the longest access token that is sent on.
    static let accessTokenLimit = 16_384

    package let idToken: String
    package let accessToken: String?

    private struct Members: Decodable {
        var idToken: String
        var accessToken: String?
        var tokenType: String?
    }

    /// Reads an answer; nil for one without an ID token.
    package init?(_ bytes: [UInt8]) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard bytes.count <= Self.lengthLimit,
            let members = try? decoder.decode(Members.self, from: Data(bytes)),
            members.tokenType.map({ $0.lowercased() == "bearer" }) ?? true,
            members.accessToken.map({ $0.utf8.count <= Self.accessTokenLimit }) ?? true
        else { return nil }
        idToken = members.idToken
        accessToken = members.accessToken
    }

    package var description: String {
        "(tokens of a provider)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
