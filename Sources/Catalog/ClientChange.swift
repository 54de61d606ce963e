package import Domain

/// What a provider changes of a client; nil leaves it.
package struct ClientChange: Hashable, Sendable {
    package var name: String?
    package var domain: String?
    package var plan: String?
    package var limits: TenantLimits

    package init(name: String?, domain: String?, plan: String?, limits: TenantLimits) {
        self.name = name
        self.domain = domain
        self.plan = plan
        self.limits = limits
    }
}
