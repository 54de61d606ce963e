package import Catalog
package import Domain
package import Keys

/// Gives an organisation a new data key and ends the one before, while everything goes on.
///
/// Each step is durable before the next begins, and each is repeated from what the database says,
/// so a run that was killed anywhere is completed by the next:
/// 1. make: a new data key becomes the current one and the one before is retired, in one
///    transaction; not where an earlier run was killed, which is completed first;
/// 2. seal: each value that is not under the current key is opened and sealed under it, a batch per
///    transaction, and takes the place of what was read only if that is still there;
/// 3. delete: retired keys, each only if no value names it any more.
///
/// Coordinators need not be told: a value names its key, and a row that names a key keeps it. A
/// value that a coordinator seals under the old key meanwhile is found by step 2, or refused after
/// step 3, and then made again.
package struct KeyRotation: Sendable {
    /// The steps, numbered as above.
    package enum Step: Int, Sendable, CaseIterable {
        case make = 1
        case seal
        case delete
    }

    /// Rounds of steps 2 and 3: each finds what was changed during the one before.
    private static let roundLimit = 100

    private let catalog: Catalog
    private let envelope: Envelope
    private let batch: Int
    private let before: @Sendable (Step) async throws -> Void

    /// - Parameters:
    ///   - envelope: Over the same catalogue.
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
        self.batch = min(max(1, batch), Catalog.sealedLimit)
        self.before = before
    }

    /// One run to its end.
    /// - Throws: What database or key service say; run again, and it goes on.
    package func run(_ tenant: TenantID) async throws -> KeyRotationReport {
        let known = try await catalog.dataKeys(tenant)
        if known.count > 1 {
            // What does not open keeps its key for ever: that must not keep a new one away.
            let rest = try await complete(tenant)
            if rest.sealed > 0 || !rest.deleted.isEmpty { return rest }
        }
        try await enter(.make)
        try await envelope.addKey(tenant, replacing: known.last?.number)
        return try await complete(tenant)
    }

    /// Steps 2 and 3.
    func complete(_ tenant: TenantID) async throws -> KeyRotationReport {
        var report = KeyRotationReport()
        for _ in 0..<Self.roundLimit {
            guard let current = try await catalog.currentDataKey(tenant)?.number else { break }
            report.key = current
            report.failures = [:]
            var isSettled = true
            for column in SealedColumn.allCases {
                let found = try await seal(tenant, column, current, &report)
                if found { isSettled = false }
            }
            for key in try await catalog.dataKeys(tenant) where key.number < current {
                try await enter(.delete)
                if try await catalog.deleteDataKey(tenant, key.number) {
                    report.deleted.append(key.number)
                }
            }
            if isSettled { break }
        }
        return report
    }

    /// Step 2 for one column.
    /// - Returns: Whether there was anything that opens.
    private func seal(
        _ tenant: TenantID,
        _ column: SealedColumn,
        _ current: UInt32,
        _ report: inout KeyRotationReport
    ) async throws -> Bool {
        var last = ""
        var found = false
        while true {
            try await enter(.seal)
            let page = try await catalog.sealedValues(
                tenant,
                column,
                notUnder: current,
                after: last,
                limit: batch
            )
            guard let end = page.last else { return found }
            last = end.row
            var values: [(was: SealedValue, becomes: [UInt8])] = []
            for value in page {
                let place = EnvelopeContext(
                    purpose: column.rawValue,
                    tenant: tenant,
                    row: value.row
                )
                do {
                    let plain = try await envelope.open(value.sealed, for: place)
                    values.append((value, try await envelope.seal(plain, for: place)))
                } catch let error as KeysError where error.code != .unavailable {
                    // Another rotation was here since the page was read: the next round tells.
                    if error.code == .keyReplaced { found = true }
                    report.failures["\(column.rawValue) of \(value.row)"] = error.message
                }
            }
            if values.isEmpty { continue }
            found = true
            report.sealed += try await catalog.rewrap(tenant, values)
        }
    }

    private func enter(_ step: Step) async throws {
        try Task.checkCancellation()
        try await before(step)
    }
}
