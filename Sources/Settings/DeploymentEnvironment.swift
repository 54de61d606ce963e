/// What kind of installation this is (`SPARC_ENV`). The default is the strictest.
package enum DeploymentEnvironment: String, Sendable, Hashable, CaseIterable {
    case development
    case staging
    case production
}
