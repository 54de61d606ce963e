extension SettingsReader {
    /// `SPARC_PUBLIC_URL`: scheme, host and port where browsers find this installation, without a slash
    /// at the end; nil if it is not set. With http only in development and on this machine: a login
    /// would travel in the clear.
    package mutating func publicURL(_ environment: DeploymentEnvironment) -> String? {
        let name = "SPARC_PUBLIC_URL"
        let example = "https://sparc.example.com"
        let before = problems.count
        guard let url = webAddress(name, example: example) else { return nil }
        guard problems.count == before else { return nil }
        let isSecure = url.hasPrefix("https://")
        let authority = url.dropFirst(isSecure ? 8 : 7)
        guard authority.utf8.allSatisfy({ 33...126 ~= $0 }),
            !authority.contains(where: { "/?#@\\".contains($0) })
        else {
            report(name, "must be scheme, host and port alone", example)
            return nil
        }
        let isLocal = ["127.0.0.1", "localhost", "[::1]"].contains { host in
            authority == host || authority.hasPrefix(host + ":")
        }
        guard isSecure || isLocal || environment == .development else {
            report(name, "must begin with https://", example)
            return nil
        }
        return url
    }
}
