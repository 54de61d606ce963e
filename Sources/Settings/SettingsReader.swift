package import Domain

/// Reads variables and collects every problem; pure. Secrets are also read from `NAME_FILE`, whose
/// content the caller supplies.
package struct SettingsReader: Sendable {
    private let variables: [String: String]
    private let files: [String: String]
    package private(set) var problems: [SettingsProblem] = []
    /// What the operator should know of settings that are no problem; one line each, no secret.
    package private(set) var notes: [String] = []

    /// - Parameters:
    ///   - variables: The environment.
    ///   - files: Content of each file that a `*_FILE` variable names, by variable; a missing entry
    ///     means that the file could not be read.
    package init(variables: [String: String], files: [String: String]) {
        self.variables = variables
        self.files = files
    }

    /// The value of a variable; empty counts as absent.
    package func text(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A secret, from `name` or from the file that `name_FILE` names, without its last newline.
    package mutating func secret(_ name: String) -> String? {
        let fileName = name + "_FILE"
        guard text(fileName) != nil else { return text(name) }
        if text(name) != nil {
            report(name, "is set, and so is \(fileName): only one may be", "(remove one)")
            return nil
        }
        guard var content = files[fileName] else {
            report(fileName, "the file cannot be read", "/run/secrets/\(name.lowercased())")
            return nil
        }
        while content.last == "\n" || content.last == "\r" || content.last == "\r\n" {
            content.removeLast()
        }
        return content
    }

    /// A whole number within a range, or the default.
    package mutating func integer(
        _ name: String,
        _ range: ClosedRange<Int>,
        default fallback: Int
    ) -> Int {
        guard let text = text(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            report(
                name,
                "must be a whole number from \(range.lowerBound) to \(range.upperBound)",
                "\(fallback)"
            )
            return fallback
        }
        return value
    }

    /// `true`/`false`, `1`/`0`, or the default.
    package mutating func flag(_ name: String, default fallback: Bool) -> Bool {
        switch text(name)?.lowercased() {
        case nil: return fallback
        case "true", "1": return true
        case "false", "0": return false
        default:
            report(name, "must be true or false", "\(fallback)")
            return fallback
        }
    }

    /// One word of a closed list, or the default.
    package mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        default fallback: Choice
    ) -> Choice where Choice.RawValue == String {
        guard let text = text(name) else { return fallback }
        guard let value = Choice(rawValue: text.lowercased()) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            report(name, "must be one of \(all)", fallback.rawValue)
            return fallback
        }
        return value
    }

    /// An `http` or `https` URL without a trailing slash.
    package mutating func webAddress(_ name: String, example: String) -> String? {
        guard var value = text(name) else { return nil }
        let rest =
            value.hasPrefix("http://")
            ? value.dropFirst(7) : value.hasPrefix("https://") ? value.dropFirst(8) : ""
        guard let first = rest.first, first != "/", !rest.contains(" ") else {
            report(name, "must be an http or https URL", example)
            return nil
        }
        while value.last == "/" { value.removeLast() }
        return value
    }

    /// The networks that cameras may be in.
    package mutating func cameraNetworks() -> AddressPolicy {
        guard let text = text("CAMERA_NETWORKS") else { return .privateNetworks }
        let (policy, wrong) = AddressPolicy.parse(text)
        guard wrong.isEmpty, !policy.allowed.isEmpty else {
            report(
                "CAMERA_NETWORKS",
                "has \(wrong.count) parts that are no address block",
                "10.0.0.0/8,192.168.0.0/16"
            )
            return .privateNetworks
        }
        return policy
    }

    /// The networks outside the public internet that webhooks may be in; none by default.
    package mutating func webhookNetworks() -> AddressPolicy {
        listedNetworks("WEBHOOK_NETWORKS")
    }

    /// Those that providers of identities may be in; none by default.
    package mutating func providerNetworks() -> AddressPolicy {
        listedNetworks("IDENTITY_NETWORKS")
    }

    private mutating func listedNetworks(_ name: String) -> AddressPolicy {
        guard let text = text(name) else { return AddressPolicy(allowed: []) }
        let (policy, wrong) = AddressPolicy.parse(text)
        guard wrong.isEmpty else {
            report(
                name,
                "has \(wrong.count) parts that are no address block",
                "10.0.0.0/8,192.168.0.0/16"
            )
            return AddressPolicy(allowed: [])
        }
        return policy
    }

    /// The proxies in front of us; none by default.
    package mutating func trustedProxies() -> TrustedProxies {
        let name = "SPARC_TRUSTED_PROXIES"
        guard let text = text(name) else { return TrustedProxies() }
        let (policy, wrong) = AddressPolicy.parse(text)
        guard wrong.isEmpty else {
            report(
                name,
                "has \(wrong.count) parts that are no address block",
                "10.0.0.0/8,fd00::/8"
            )
            return TrustedProxies()
        }
        // Whoever sends the header would be believed.
        guard policy.allowed.allSatisfy({ !$0.isEverything }) else {
            report(name, "trusts every address: name your proxies", "10.0.0.0/8,fd00::/8")
            return TrustedProxies()
        }
        return TrustedProxies(policy.allowed)
    }

    package mutating func report(_ name: String, _ problem: String, _ example: String) {
        problems.append(SettingsProblem(variable: name, problem: problem, example: example))
    }

    /// Adds a line to `notes`.
    package mutating func note(_ line: String) {
        notes.append(line)
    }

    /// Throws all problems found so far, if any.
    package func check() throws(SettingsError) {
        if !problems.isEmpty { throw SettingsError(problems: problems) }
    }
}
