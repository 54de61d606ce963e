internal import Crypto
package import Domain
internal import Keys

/// What a login is counted by: the words that it names its account with, whether or not there is
/// one, so that who is counted learns nothing.
///
/// An organisation that has a name and a domain is counted by each.
package struct LoginAttempt: Hashable, Sendable {
    /// Organisation and address, as they find the row: whatever the case and the spaces around.
    package let account: String
    package let tenant: String
    /// Of a device that has logged in to this account before; nil for any other.
    package var device: String?
    /// Where it comes from; nil if that is not known.
    package let address: String?

    /// - Parameters:
    ///   - tenant: As it was typed, without spaces around, in lower case.
    ///   - email: So too.
    package init(tenant: String, email: String, address: IPAddress?) {
        self.tenant = tenant
        account = "\(tenant)\n\(email)"
        self.address = address.map { Self.block($0) }
    }

    /// Bytes of each word of a blinded one.
    static let blindLength = 16

    private init(account: String, tenant: String, device: String?, address: String?) {
        self.account = account
        self.tenant = tenant
        self.device = device
        self.address = address
    }

    /// The same with each word as a keyed hash, which tells nobody without the key who it is: counted by
    /// that, several coordinators can count together.
    /// - Parameter key: `KeyRing.derive(.hintBlinding)`.
    package func blinded(_ key: [UInt8]) -> LoginAttempt {
        let key = SymmetricKey(data: key)
        func hash(_ kind: String, _ word: String) -> String {
            let code = HMAC<SHA256>.authenticationCode(
                for: Array("\(kind)\n\(word)".utf8),
                using: key
            )
            return Base64.urlEncoded(Array(code)[..<Self.blindLength])
        }
        return LoginAttempt(
            account: hash("account", account),
            tenant: hash("tenant", tenant),
            device: device.map { hash("device", $0) },
            address: address.map { hash("address", $0) }
        )
    }

    /// Of a blinded one; nil for any other.
    var blindBytes: [UInt8]? {
        var bytes: [UInt8] = []
        for word in [account, tenant, device, address].compactMap(\.self) {
            guard let hash = Base64.decoded(word), hash.count == Self.blindLength else {
                return nil
            }
            bytes += hash
        }
        return bytes
    }

    /// A blinded one from its bytes; nil if they are not as many as there should be.
    init?(blindBytes bytes: [UInt8], hasDevice: Bool, hasAddress: Bool) {
        let count = 2 + (hasDevice ? 1 : 0) + (hasAddress ? 1 : 0)
        guard bytes.count == count * Self.blindLength else { return nil }
        let words = stride(from: 0, to: bytes.count, by: Self.blindLength).map {
            Base64.urlEncoded(bytes[$0..<($0 + Self.blindLength)])
        }
        self.init(
            account: words[0],
            tenant: words[1],
            device: hasDevice ? words[2] : nil,
            address: hasAddress ? words[count - 1] : nil
        )
    }

    /// One IPv4 address, or the /64 that one household or host has of IPv6 (RFC 6177).
    package static func block(_ address: IPAddress) -> String {
        guard !address.isIPv4 else { return address.description }
        return address.description.split(separator: ":").prefix(4).joined(separator: ":") + "::/64"
    }
}
