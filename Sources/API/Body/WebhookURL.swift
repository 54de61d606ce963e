package import Domain

/// The URL of a webhook, or of a provider of identities, checked as far as it can be before its name
/// is resolved: what it leads to is asked again at every connect.
package struct WebhookURL: Hashable, Sendable {
    package static let lengthLimit = 2_048
    package static let example = "https://example.com/hooks/sparc"

    /// Why a text is no such URL, in words for its author.
    package struct Refusal: Error, Hashable, Sendable {
        package var problem: String
    }

    package let text: String
    /// Name, or address without brackets.
    let host: String

    /// - Parameters:
    ///   - networks: What is open beside the public internet; with any listed, `http` is possible
    ///     too.
    ///   - setting: The variable that lists them.
    package init(
        _ text: String,
        networks: AddressPolicy,
        setting: String = "WEBHOOK_NETWORKS"
    ) throws(Refusal) {
        guard text.utf8.allSatisfy({ 33...126 ~= $0 && $0 != 92 }) else {
            throw Refusal(problem: "has spaces, backslashes or characters outside ASCII")
        }
        let lower = text.lowercased()
        let scheme: String
        if lower.hasPrefix("https://") {
            scheme = "https://"
        } else if lower.hasPrefix("http://"), !networks.allowed.isEmpty {
            scheme = "http://"
        } else {
            throw Refusal(problem: "must begin with https://")
        }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else {
            throw Refusal(problem: "has a user name, which a URL here never needs")
        }
        guard !rest.contains("#") else { throw Refusal(problem: "has a fragment") }
        let host = try Self.host(authority)
        if let address = IPAddress(host) {
            guard AddressPolicy.publicNetworks(and: networks).allows(address) else {
                throw Refusal(
                    problem: "the address is neither public nor in a network of \(setting)"
                )
            }
        } else {
            try Self.checkName(host)
        }
        self.text = text
        self.host = host
    }

    private static func host(_ authority: Substring) throws(Refusal) -> String {
        var host = authority
        var port = Substring()
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else {
                throw Refusal(problem: "has a broken address")
            }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.first == ":", IPAddress(String(host)) != nil else {
                throw Refusal(problem: "has a broken address")
            }
            port = after.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard port.isEmpty || (Int(port).map { 1...65_535 ~= $0 } ?? false) else {
            throw Refusal(problem: "has a port that is none")
        }
        guard !host.isEmpty else { throw Refusal(problem: "has no host") }
        return String(host)
    }

    /// Numbers in other forms than four decimal parts are addresses for a resolver, not names.
    private static func checkName(_ host: String) throws(Refusal) {
        let lower = host.lowercased()
        let labels = lower.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            1...63 ~= label.utf8.count
                && label.utf8.allSatisfy {
                    97...122 ~= $0 || 48...57 ~= $0 || $0 == 45 || $0 == 95
                }
        }
        guard isName, host.utf8.count <= 253 else {
            throw Refusal(problem: "has a host name with other characters than a name has")
        }
        let last = labels.last ?? ""
        guard last.utf8.contains(where: { 97...122 ~= $0 }), !last.hasPrefix("0x") else {
            throw Refusal(problem: "has a number for a host; write an address as four parts")
        }
        guard lower != "localhost", !lower.hasSuffix(".localhost") else {
            throw Refusal(problem: "leads to this machine")
        }
    }
}
