package import Domain

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

    /// One IPv4 address, or the /64 that one household or host has of IPv6 (RFC 6177).
    package static func block(_ address: IPAddress) -> String {
        guard !address.isIPv4 else { return address.description }
        return address.description.split(separator: ":").prefix(4).joined(separator: ":") + "::/64"
    }
}
