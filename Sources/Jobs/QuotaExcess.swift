package import Catalog
package import Domain

/// How much of whose footage has to go, because there is more than its quota.
package struct QuotaExcess: Hashable, Sendable {
    /// Whose oldest footage goes; nil: the store's, whoever's it is.
    package var tenant: TenantID?
    /// The quota.
    package var quota: Int
    /// Above 0.
    package var bytes: Int
    /// Restored footage of that scope is protected: nothing goes, and the excess is only told.
    package var isProtected: Bool

    /// Organisations above their quotas, in the order of `uses`.
    package static func ofTenants(_ uses: [StoreUse]) -> [QuotaExcess] {
        uses.compactMap { use in
            guard let quota = use.quotaBytes, use.excessBytes > 0 else { return nil }
            return QuotaExcess(
                tenant: use.tenant,
                quota: quota,
                bytes: use.excessBytes,
                isProtected: use.isProtected
            )
        }
    }

    /// The store above its quota; nil if it is not, or has none.
    /// - Parameter quota: Bytes of all organisations' footage.
    package static func ofStore(_ uses: [StoreUse], quota: Int?) -> QuotaExcess? {
        guard let quota else { return nil }
        let stored = uses.reduce(0) { $0 + $1.storedBytes }
        guard stored > quota else { return nil }
        return QuotaExcess(
            tenant: nil,
            quota: quota,
            bytes: stored - quota,
            isProtected: uses.contains { $0.isProtected }
        )
    }

    /// Bytes that are too many now, of all organisations and the store.
    package static func total(_ uses: [StoreUse], storeQuota: Int?) -> Int {
        ofTenants(uses).reduce(0) { $0 + $1.bytes } + (ofStore(uses, quota: storeQuota)?.bytes ?? 0)
    }
}
