/// Where tenants' data keys are kept, wrapped; what an envelope asks for them.
package protocol DataKeyStoring: Sendable {
    /// The key that new values are sealed with; nil: the tenant has none yet.
    func currentDataKey(_ tenant: TenantID) async throws -> WrappedDataKey?

    /// A key by its number, also a retired one; nil: there is none, or none any more.
    func dataKey(_ tenant: TenantID, _ number: UInt32) async throws -> WrappedDataKey?

    /// Makes a key the current one and retires the one before, if that is still current.
    ///
    /// Of many callers at once one wins, and all get what is current afterwards.
    /// - Parameter number: The key that it replaces; nil: the tenant has none.
    func addDataKey(
        _ tenant: TenantID,
        _ key: WrappedDataKey,
        replacing number: UInt32?
    ) async throws -> WrappedDataKey
}
