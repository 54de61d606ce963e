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

    /// One round.
    /// - Returns: Those that are gone now.
    package func pass() async throws -> [TenantID] {
        var gone: [TenantID] = []
        for tenant in try await catalog.tenantsToEnd() {
            // 1
            try await catalog.releaseFootage(tenant)
            // 2
            if try await catalog.purgeTenant(tenant) { gone.append(tenant) }
        }
        return gone
    }
}
