package import Catalog
import Domain
package import ObjectStore

/// Makes the catalogue's footage anew from the keys and the metadata of the bucket alone.
///
/// Nothing is deleted or overwritten, so any run may be killed anywhere and run again: the second
/// ends as one run does. In this order:
/// 1. survey: all keys are counted; a bucket of none of whose organisations the catalogue knows
///    while it has footage of others is another installation's, and is refused unless forced. Then
///    the bucket's own expiry is switched off, and is brought up to date when all is restored;
/// 2. describe: the metadata of a page of objects is asked for, and checked against key and length;
/// 3. read: where an older object tells neither segments nor retention, its fragments and its tags
///    are read;
/// 4. restore: the page's rows are made in one transaction, with organisations and cameras that are
///    unknown and with the protection of the footage from retention.
package struct IndexRebuild: Sendable {
    /// The steps, numbered as above.
    package enum Step: Int, Sendable, CaseIterable {
        case survey = 1
        case describe
        case read
        case restore
    }

    /// Objects that are asked for at once: enough to hide a store's answering time.
    private static let parallel = 16

    private let catalog: Catalog
    private let store: any TaggedObjectStoring
    private let rules: BucketRules?
    private let page: Int
    private let before: @Sendable (Step) async throws -> Void
    private let progress: @Sendable (IndexProgress) -> Void

    /// - Parameters:
    ///   - rules: Of a bucket that deletes by itself.
    ///   - page: Objects of one transaction, 1 to `Catalog.restoreLimit`.
    ///   - before: Called before each act of a step; what it throws ends the run there.
    ///   - progress: Called after each page.
    package init(
        catalog: Catalog,
        store: any TaggedObjectStoring,
        rules: BucketRules? = nil,
        page: Int = Catalog.restoreLimit,
        before: @escaping @Sendable (Step) async throws -> Void = { _ in },
        progress: @escaping @Sendable (IndexProgress) -> Void = { _ in }
    ) {
        self.catalog = catalog
        self.store = store
        self.rules = rules
        self.page = min(max(1, page), Catalog.restoreLimit)
        self.before = before
        self.progress = progress
    }

    /// What a run would find, by keys alone; changes nothing.
    package func plan() async throws -> RebuildPlan {
        var plan = try await survey()
        var walk = KeyWalk(store: store, page: page)
        var done = 0
        while let keys = try await walk.next() {
            let identities = keys.compactMap { ChunkKey($0.description)?.identity }
            let rows = Set(try await catalog.indexRows(of: identities).map(\.key))
            plan.withRow += keys.count { rows.contains($0.description) }
            done += keys.count
            progress(IndexProgress(phase: "comparing", done: done, total: plan.keys))
        }
        return plan
    }

    /// One run to its end.
    ///
    /// - Parameter isForced: Restores from a bucket that looks like another installation's.
    /// - Throws: What database or store say; run again, and it goes on.
    package func run(isForced: Bool = false) async throws -> RebuildOutcome {
        // 1
        let plan = try await survey()
        var report = RebuildReport()
        guard isForced || !plan.isForeign else { return .foreign(plan) }
        // Retention and the coordinators' look at the bucket's rules stand still meanwhile.
        try await catalog.markRebuild()
        do { try await rules?.pause() } catch let error as ObjectStoreError where isForced {
            report.rulesFailure = error.description
        }
        var walk = KeyWalk(store: store, page: page)
        while let keys = try await walk.next() {
            try await catalog.markRebuild()
            // 2, 3
            try await enter(.describe)
            let described = try await describe(keys)
            var chunks: [(key: ObjectKey, chunk: RestorableChunk)] = []
            for (key, reading) in zip(keys, described) {
                switch reading {
                case .otherProgram: report.otherKeys += 1
                case .finding(let kind, let detail):
                    report.findings.add(IndexFinding(kind: kind, key: key, detail: detail))
                case .chunk(let chunk): chunks.append((key, chunk))
                }
            }
            // 4
            try await enter(.restore)
            let outcome = try await catalog.restore(chunks.map(\.chunk))
            report.add(outcome, chunks)
            report.keys += keys.count
            progress(
                IndexProgress(phase: "restoring", done: report.keys, total: plan.keys)
            )
        }
        try await catalog.endRebuild()
        // Nothing expires until the footage is released: it counts as held.
        do { try await rules?.keep() } catch is CancellationError {
            throw CancellationError()
        } catch { report.rulesFailure = "\(error)" }
        return .done(report)
    }

    /// Step 1.
    private func survey() async throws -> RebuildPlan {
        try await enter(.survey)
        var plan = RebuildPlan()
        var tenants: Set<TenantID> = []
        var cameras: Set<CameraID> = []
        var walk = KeyWalk(store: store, page: page)
        while let keys = try await walk.next() {
            for key in keys {
                plan.keys += 1
                guard let chunk = ChunkKey(key.description) else { continue }
                plan.chunks += 1
                tenants.insert(chunk.identity.tenant)
                cameras.insert(chunk.identity.camera)
            }
            progress(IndexProgress(phase: "listing", done: plan.keys, total: nil))
        }
        let knowledge = try await catalog.indexKnowledge(of: tenants.sorted())
        plan.tenants = tenants.count
        plan.unknownTenants = tenants.subtracting(knowledge.known).sorted()
        plan.cameras = cameras.count
        plan.isForeign = knowledge.hasFootage && knowledge.known.isEmpty && !tenants.isEmpty
        return plan
    }

    private func describe(_ keys: [ObjectKey]) async throws -> [ObjectReading] {
        let reader = ObjectReader(store: store) { [before] in try await before(.read) }
        return try await concurrently(keys, atOnce: Self.parallel) { try await reader.read($0) }
    }

    private func enter(_ step: Step) async throws {
        try Task.checkCancellation()
        try await before(step)
    }
}
