import Domain
import Settings
import Testing

/// Where people log in through a provider.
struct IdentitySettingsTests {
    private func publicURL(
        _ text: String?,
        _ environment: DeploymentEnvironment = .production
    ) -> (url: String?, problems: [String]) {
        var reader = SettingsReader(
            variables: text.map { ["SPARC_PUBLIC_URL": $0] } ?? [:],
            files: [:]
        )
        let url = reader.publicURL(environment)
        return (url, reader.problems.map(\.variable))
    }

    @Test func `a public URL is scheme, host and port`() {
        for (text, wanted) in [
            ("https://sparc.example.com", "https://sparc.example.com"),
            ("https://sparc.example.com:8443/", "https://sparc.example.com:8443"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://localhost:3000", "http://localhost:3000"), ("http://[::1]", "http://[::1]"),
        ] {
            #expect(publicURL(text).url == wanted)
            #expect(publicURL(text).problems.isEmpty)
        }
        #expect(publicURL(nil).url == nil && publicURL(nil).problems.isEmpty)
        #expect(publicURL("http://sparc.test", .development).url == "http://sparc.test")
    }

    @Test func `anything else is a problem`() {
        for text in [
            "http://sparc.example.com", "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "https://sparc.example.com/path", "https://sparc.example.com?x", "https://a#b",
            "https://user@sparc.example.com", "https://", "sparc.example.com", "ftp://a",
            "https://a b", "https://ä.example", "https:///a", "https://a\\b",
        ] {
            #expect(publicURL(text).url == nil, "\(text)")
            #expect(publicURL(text).problems == ["SPARC_PUBLIC_URL"], "\(text)")
        }
    }

    @Test func `nothing inside is open to providers by default, and only what is listed is`() throws
    {
        var reader = SettingsReader(variables: ["IDENTITY_NETWORKS": "10.1.0.0/16"], files: [:])
        let policy = AddressPolicy.publicNetworks(and: reader.providerNetworks())
        #expect(policy.allows(try #require(IPAddress("10.1.2.3"))))
        #expect(!policy.allows(try #require(IPAddress("10.2.2.3"))))
        // Neither is what webhooks may lead to.
        var other = SettingsReader(variables: ["WEBHOOK_NETWORKS": "10.1.0.0/16"], files: [:])
        #expect(other.providerNetworks().allowed.isEmpty)
        var wrong = SettingsReader(variables: ["IDENTITY_NETWORKS": "x"], files: [:])
        _ = wrong.providerNetworks()
        #expect(wrong.problems.map(\.variable) == ["IDENTITY_NETWORKS"])
    }
}
