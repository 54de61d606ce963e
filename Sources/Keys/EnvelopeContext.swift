package import Domain

/// What an encrypted value belongs to; authenticated with it, so that a sealed value copied to
/// another row, tenant or column does not open.
package struct EnvelopeContext: Hashable, Sendable {
    /// Table and column, such as `cameras.credentials`.
    package let purpose: String
    package let tenant: TenantID
    /// The row's id.
    package let row: String

    package init(purpose: String, tenant: TenantID, row: String) {
        self.purpose = purpose
        self.tenant = tenant
        self.row = row
    }

    /// Each field behind its length, so that no two contexts have the same bytes.
    func authenticatedBytes(version: UInt8, keyID: UInt32) -> [UInt8] {
        var writer = ByteWriter()
        writer.unsigned(UInt64(version), 1)
        writer.unsigned(UInt64(keyID), 4)
        for field in [purpose, tenant.description, row] {
            let bytes = Array(field.utf8)
            writer.unsigned(UInt64(bytes.count), 4)
            writer.append(bytes)
        }
        return writer.bytes
    }
}
