/// Variables of the deployment guide that no role acts on: each that is set is told of at the
/// start, none is silently ignored.
package enum GuideVariables {
    /// Ports of services that share one process and one port until they are split.
    package static let servicePorts = [
        "AUTH_SERVICE_PORT", "TENANT_SERVICE_PORT", "ACCESS_CONTROL_SERVICE_PORT",
        "VIDEO_MANAGEMENT_SERVICE_PORT", "EVENT_PROCESSING_SERVICE_PORT",
    ]
    /// Read by nothing yet. Shorten it in the change that reads one.
    package static let withoutEffect = [
        "NODE_ENV"
    ]
}

extension SettingsReader {
    /// Checks the ports of services, and notes those that are another than the one in use.
    ///
    /// - Parameter port: `API_GATEWAY_PORT`.
    package mutating func noteServicePorts(sharing port: Int) {
        var others: [String] = []
        for name in GuideVariables.servicePorts
        where integer(name, 0...65_535, default: port) != port {
            others.append(name)
        }
        guard !others.isEmpty else { return }
        note(
            "all services share API_GATEWAY_PORT (\(port)); nothing listens on the ports of "
                + others.joined(separator: ", ")
        )
    }

    /// Notes in one line which variables are set and have no effect yet, by name only.
    package mutating func noteVariablesWithoutEffect() {
        let names = GuideVariables.withoutEffect.flatMap { [$0, $0 + "_FILE"] }
            .filter { text($0) != nil }
        guard !names.isEmpty else { return }
        note("set, and without effect yet: " + names.joined(separator: ", "))
    }
}
