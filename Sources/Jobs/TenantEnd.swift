package import Catalog
package import Domain

/// Deletes organisations whose time of grace is over.
///
/// Each step is durable before the next begins, and each is repeated from what the database says,
/// so a run that was killed anywhere is completed by the next:
/// 1. release: their footage is released, and retention deletes it as it deletes everything:
///    objects first, holds win;
/// 2. rows: once no footage is there, what is left of them goes, a batch per transaction, and a
///    table before those that it refers to; their audit log stays;
/// 3. organisation: its own row goes, if nothing else is there.
///
/// From its deletion on it is closed: nobody is logged in, nothing is recorded, and from the end of
/// its time on nothing takes it back, so nobody sees what is left of it between two steps.
package struct TenantEnd: Sendable {
    /// The steps, numbered as above.
    package enum Step: Int, Sendable, CaseIterable {
        case release = 1
        case rows
        case organisation
    }

    /// Batches of one organisation in one round: ten million rows; the next round goes on, so that
    /// no organisation keeps the others for ever.
    private static let batchesOfRound = 20_000

    private let catalog: Catalog
    private let batch: Int
    private let before: @Sendable (Step) async throws -> Void

    /// - Parameters:
    ///   - batch: Rows of one transaction, 1 to `Catalog.purgeLimit`.
    ///   - before: Called before each act of a step; what it throws ends the round there.
    package init(
        catalog: Catalog,
        batch: Int = Catalog.purgeLimit,
        before: @escaping @Sendable (Step) async throws -> Void = { _ in }
    ) {
        self.catalog = catalog
        self.batch = min(max(1, batch), Catalog.purgeLimit)
        self.before = before
    }

    /// One round. One that fails does not keep the others.
    /// - Parameter ended: Told of each that is gone now.
    /// - Throws: The database's first failure, after the round.
    package func pass(_ ended: @Sendable (TenantID) -> Void = { _ in }) async throws {
        var failure: CatalogError?
        for tenant in try await catalog.tenantsToEnd() {
            do {
                if try await end(tenant) { ended(tenant) }
            } catch let error as CatalogError { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    /// One organisation, in one round.
    /// - Returns: False if something is there still.
    package func end(_ tenant: TenantID) async throws -> Bool {
        // 1
        try await enter(.release)
        try await catalog.releaseFootage(tenant)
        // 2
        for _ in 0..<Self.batchesOfRound {
            try await enter(.rows)
            guard let gone = try await catalog.purgeRows(tenant, limit: batch) else { return false }
            if gone == 0 { break }
        }
        // 3
        try await enter(.organisation)
        return try await catalog.endTenant(tenant)
    }

    private func enter(_ step: Step) async throws {
        try Task.checkCancellation()
        try await before(step)
    }
}
