package import Catalog
package import Domain
package import Keys

/// Brings what is stored from one master key to the next, while everything goes on under both.
///
/// Values that are sealed under data keys are not touched. A run that was killed anywhere is
/// completed by the next:
/// 1. wrap: each data key that is wrapped under another master key is wrapped under the current
///    one, and takes the place of what was read only if that is still there;
/// 2. seal: values of version 1, which were sealed under a key that derives from the master key,
///    are sealed under the data key, as in a rotation.
package struct MasterKeyChange: Sendable {
    /// The steps, numbered as above.
    package enum Step: Int, Sendable, CaseIterable {
        case wrap = 1
        case seal
    }

    private let catalog: Catalog
    private let envelope: Envelope
    private let rotation: KeyRotation
    private let before: @Sendable (Step) async throws -> Void

    /// - Parameters:
    ///   - envelope: Over the same catalogue, with both master keys.
    ///   - batch: Values of one transaction, 1 to `Catalog.sealedLimit`.
    ///   - before: Called before each act of a step; what it throws ends the run there.
    package init(
        catalog: Catalog,
        envelope: Envelope,
        batch: Int = Catalog.sealedLimit,
        before: @escaping @Sendable (Step) async throws -> Void = { _ in }
    ) {
        self.catalog = catalog
        self.envelope = envelope
        self.before = before
        rotation = KeyRotation(catalog: catalog, envelope: envelope, batch: batch) { _ in
            try await before(.seal)
        }
    }

    /// One run to its end for one organisation.
    /// - Throws: What database or key service say, `KeysError` also if the master key that a data
    ///   key is wrapped under is not given; run again, and it goes on.
    package func run(_ tenant: TenantID) async throws -> (wrapped: Int, rest: KeyRotationReport) {
        var wrapped = 0
        for key in try await catalog.dataKeys(tenant) {
            try Task.checkCancellation()
            try await before(.wrap)
            guard let anew = try await envelope.rewrapped(key, tenant) else { continue }
            if try await catalog.replaceDataKey(tenant, key, with: anew) { wrapped += 1 }
        }
        if try await catalog.currentDataKey(tenant) == nil {
            try await before(.seal)
            guard try await catalog.hasSealedValues(tenant) else { return (0, KeyRotationReport()) }
            try await envelope.addKey(tenant, replacing: nil)
        }
        return (wrapped, try await rotation.complete(tenant))
    }
}
