internal import FoundationEssentials

/// The public keys of a provider that are of use here (RFC 7517 section 5). Keys for encryption,
/// of other kinds or that are broken are left out, as RFC 7517 asks.
package struct ProviderKeySet: Sendable {
    /// Bytes of the longest document; with certificates a key has some thousand.
    package static let lengthLimit = 262_144
    /// Keys that are looked at; the rest is not.
    static let countLimit = 64

    private let keys: [ProviderKey]

    private struct Document: Decodable {
        var keys: [Entry]
    }

    /// A key, or something that is none.
    private struct Entry: Decodable {
        var members: ProviderKey.Members?

        init(from decoder: any Decoder) throws {
            members = try? ProviderKey.Members(from: decoder)
        }
    }

    /// Reads a document; nil for what is none, or has no key that is of use.
    package init?(_ bytes: [UInt8]) async {
        guard bytes.count <= Self.lengthLimit,
            let document = try? JSONDecoder().decode(Document.self, from: Data(bytes))
        else { return nil }
        var keys: [ProviderKey] = []
        for entry in document.keys.prefix(Self.countLimit) {
            if let members = entry.members, let key = await ProviderKey(members) {
                keys.append(key)
            }
        }
        guard !keys.isEmpty else { return nil }
        self.keys = keys
    }

    /// How many there are.
    package var count: Int { keys.count }

    /// The key that a header names: by its `kid`, or without one the only key of that algorithm
    /// (OpenID Connect Core 1.0 section 10.1).
    func key(id: String?, algorithm: String) throws(IDTokenError) -> ProviderKey {
        guard ["RS256", "ES256", "EdDSA"].contains(algorithm) else {
            throw IDTokenError(.algorithm)
        }
        guard let id else {
            let possible = keys.filter { $0.algorithm == algorithm }
            guard let only = possible.first, possible.count == 1 else {
                throw IDTokenError(possible.isEmpty ? .unknownKey : .malformed)
            }
            return only
        }
        let named = keys.filter { $0.id == id }
        if let key = named.first(where: { $0.algorithm == algorithm }) { return key }
        throw IDTokenError(named.isEmpty ? .unknownKey : .algorithm)
    }
}
