package import Domain

/// How much footage an organisation stores, and how much it may.
package struct StoreUse: Hashable, Sendable {
    package var tenant: TenantID
    package var name: String
    /// Bytes of its footage; nil: as much as its days make.
    package var quotaBytes: Int?
    /// Of all chunks that are not hidden, removed cameras' and held ones too.
    package var storedBytes: Int
    /// Whether an index that was made anew brought footage back that nobody has released yet: no
    /// quota deletes anything meanwhile, or what is new would go in place of it.
    package var isProtected: Bool

    package init(
        tenant: TenantID,
        name: String,
        quotaBytes: Int?,
        storedBytes: Int,
        isProtected: Bool = false
    ) {
        self.tenant = tenant
        self.name = name
        self.quotaBytes = quotaBytes
        self.storedBytes = storedBytes
        self.isProtected = isProtected
    }

    /// Bytes above the quota, from 0.
    package var excessBytes: Int {
        quotaBytes.map { max(0, storedBytes - $0) } ?? 0
    }
}
