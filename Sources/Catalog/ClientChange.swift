/// What a provider changes of a client; nil leaves it.
package struct ClientChange: Hashable, Sendable {
    package var name: String?
    package var domain: String?
    package var plan: String?
    package var limits: LimitChanges

    package init(name: String?, domain: String?, plan: String?, limits: LimitChanges) {
        self.name = name
        self.domain = domain
        self.plan = plan
        self.limits = limits
    }
}
