package import Catalog
package import Domain

/// How much of whose footage has to go, because there is more than its quota.
package struct QuotaExcess: Hashable, Sendable {
    /// Whose oldest footage goes; nil: the store's, whoever's it is.
    package var tenant: TenantID?
    /// Above 0.
    package var bytes: Int

    /// Organisations above their quotas, in the order of `uses`.
    package static func ofTenants(_ uses: [StoreUse]) -> [QuotaExcess] {
        uses.filter { $0.excessBytes > 0 }.map {
            QuotaExcess(tenant: $0.tenant, bytes: $0.excessBytes)
        }
    }

    /// The store above its quota; nil if it is not, or has none.
    /// - Parameter quota: Bytes of all organisations' footage.
    package static func ofStore(_ uses: [StoreUse], quota: Int?) -> QuotaExcess? {
        guard let quota else { return nil }
        let stored = uses.reduce(0) { $0 + $1.storedBytes }
        return stored > quota ? QuotaExcess(tenant: nil, bytes: stored - quota) : nil
    }
}
