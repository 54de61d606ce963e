package import Catalog
package import Domain

/// Deletes organisations whose time of grace is over.
///
/// 1. Their footage is released, and retention deletes it as it deletes everything: objects first,
/// holds win. 2. What is left of them goes in one transaction, once no footage is there. Their audit
/// log stays. A kill between the two leaves the rest for the next round.
package struct TenantEnd: Sendable {
    private let catalog: Catalog

    package init(catalog: Catalog) {
        self.catalog = catalog
    }

    /// One round. One that fails does not keep the others.
    /// - Returns: Those that are gone now.
    /// - Throws: The first failure, after the round.
    package func pass() async throws -> [TenantID] {
        var gone: [TenantID] = []
        var failure: CatalogError?
        for tenant in try await catalog.tenantsToEnd() {
            do throws(CatalogError) {
                // 1
                try await catalog.releaseFootage(tenant)
                // 2
                if try await catalog.purgeTenant(tenant) { gone.append(tenant) }
            } catch { failure = failure ?? error }
        }
        if let failure, gone.isEmpty { throw failure }
        return gone
    }
}
