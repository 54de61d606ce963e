package import Domain

/// A URL of a provider of identities: what it leads to gets client secrets and codes, so that it is
/// https, but for an address that the operator listed.
package struct ProviderURL: Hashable, Sendable {
    /// The variable that lists networks beside the public internet.
    package static let setting = "IDENTITY_NETWORKS"
    package static let lengthLimit = WebhookURL.lengthLimit

    package let text: String

    /// - Parameter networks: What is open beside the public internet.
    package init(_ text: String, networks: AddressPolicy) throws(WebhookURL.Refusal) {
        guard text.utf8.count <= Self.lengthLimit else {
            throw WebhookURL.Refusal(problem: "is longer than \(Self.lengthLimit) characters")
        }
        let url = try WebhookURL(text, networks: networks, setting: Self.setting)
        let isListed = IPAddress(url.host).map { networks.allows($0) } ?? false
        guard text.lowercased().hasPrefix("https://") || isListed else {
            throw WebhookURL.Refusal(
                problem: "must begin with https://, but for an address in \(Self.setting)"
            )
        }
        self.text = text
    }
}
