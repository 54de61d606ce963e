package import Domain

/// A client that a provider adds.
package struct NewClient: Hashable, Sendable {
    /// 1 to 200 characters; unique whatever the case.
    package var name: String
    /// Short name or domain, small letters, digits, hyphens and dots, 1 to 253; unique.
    package var domain: String
    /// 1 to 64 characters.
    package var plan: String?
    package var limits: TenantLimits

    package init(name: String, domain: String, plan: String?, limits: TenantLimits) {
        self.name = name
        self.domain = domain
        self.plan = plan
        self.limits = limits
    }
}
