package import Domain

/// What a wrapped data key belongs to; authenticated with it, so that a key that was copied to
/// another tenant or number does not unwrap.
package struct DataKeyContext: Hashable, Sendable {
    package let tenant: TenantID
    package let number: UInt32

    package init(tenant: TenantID, number: UInt32) {
        self.tenant = tenant
        self.number = number
    }
}
