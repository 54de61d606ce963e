package import Catalog
package import Domain
package import FoundationEssentials
package import ObjectStore

/// Deletes footage that is past its retention, exactly as long as promised: never before, never
/// what a hold keeps, and at the latest by the next run.
///
/// Each step is durable before the next begins, and each is repeated from what the database says,
/// so a run that was killed anywhere is completed by the next:
/// 1. plan: which cameras have chunks past their retention (camera, else site, else tenant);
/// 2. tombstone: their rows are marked, a camera's day per transaction, in which rule and holds are
///    read again; from then on nobody sees them;
/// 3. delete objects: those of tombstones, of earlier runs too; a missing one is fine;
/// 4. delete rows: of objects that are gone, and gaps past their retention;
/// 2 to 4 are repeated where an organisation or the store has more than its quota, for the oldest
/// footage, a camera's hour per transaction;
/// 5. drop days: partitions of past days without a row, so that no space stays taken;
/// 6. remove cameras: removed ones of which nothing is left.
///
/// Deletion starts from a row: an object that no row names is never looked at. Whole partitions are
/// not dropped with rows in them: rows reach their end hour by hour, so a day is empty by the time
/// that it is over, and no drop has to know about holds.
package struct Retention: Sendable {
    /// The steps, numbered as above.
    package enum Step: Int, Sendable, CaseIterable {
        case plan = 1
        case tombstone
        case deleteObjects
        case deleteRows
        case dropDays
        case removeCameras
    }

    /// Objects of one request to the store: what S3 takes at once (DeleteObjects).
    package static let batchLimit = 1_000
    /// Most days that one run drops: more than ten years.
    private static let dayLimit = 4_000

    let catalog: Catalog
    let holder: UUID
    /// Bytes of all organisations' footage; nil: as much as there is.
    let storeQuota: Int?
    private let store: any ObjectStoring
    private let batch: Int
    private let before: @Sendable (Step) async throws -> Void

    /// - Parameters:
    ///   - storeQuota: Bytes that all footage together may have; nil: no limit.
    ///   - holder: Who runs; one run at a time over all holders of a database.
    ///   - batch: Objects between two transactions, 1 to `batchLimit`.
    ///   - before: Called before each act of a step; what it throws ends the run there.
    package init(
        catalog: Catalog,
        store: any ObjectStoring,
        storeQuota: Int? = nil,
        holder: UUID = UUID(),
        batch: Int = Retention.batchLimit,
        before: @escaping @Sendable (Step) async throws -> Void = { _ in }
    ) {
        self.catalog = catalog
        self.store = store
        self.storeQuota = storeQuota
        self.holder = holder
        self.batch = min(max(1, batch), Self.batchLimit)
        self.before = before
    }

    /// One run to its end.
    /// - Parameters:
    ///   - at: The moment to go by in place of the database's clock; for tests.
    ///   - pause: Seconds after the last successful run's begin in which no other is due.
    ///   - isForced: Deletes although the clock jumped.
    /// - Throws: What the database says. The store's refusals are in the report.
    package func run(
        at moment: WallTime? = nil,
        pause: Int64 = 0,
        isForced: Bool = false
    ) async throws -> RetentionOutcome {
        let start = try await catalog.beginRetention(
            holder,
            at: moment,
            pause: pause,
            isForced: isForced
        )
        switch start {
        case .busy(let until): return .busy(until: until)
        case .notDue: return .notDue
        case .distrusted(let until): return .distrusted(until: until)
        case .begun(let at):
            let report = try await steps(at: at)
            try await catalog.endRetention(holder, succeeded: report.isComplete)
            return .done(report)
        }
    }

    private func steps(at: WallTime) async throws -> RetentionReport {
        var report = RetentionReport(at: at)
        // 1
        try await enter(.plan)
        let due = try await catalog.retentionDue(at: at, holder: holder)
        report.skippedCameras = due.skipped
        // 2
        for camera in due.cameras { try await hide(camera, at: at, &report) }
        // 3, 4
        try await purge(&report)
        // 2 to 4 once more, for quotas
        try await applyQuotas(at: at, &report)
        try await enter(.deleteRows)
        report.gaps = try await catalog.deleteGaps(holder, at: at)
        // 5
        try await dropDays(&report)
        // 6
        try await enter(.removeCameras)
        report.cameras = try await catalog.deleteRemovedCameras(holder, at: at)
        try await look(at: at, &report)
        return report
    }

    /// A camera of which the database is too slow does not keep the others' footage from its end.
    private func hide(
        _ camera: CameraName,
        at: WallTime,
        _ report: inout RetentionReport
    ) async throws {
        var start: WallTime?
        while true {
            try await enter(.tombstone)
            do throws(CatalogError) {
                let day = try await catalog.tombstone(holder, camera, at: at, from: start)
                report.tombstoned += day.hidden.chunks
                guard let end = day.end else { return }
                start = end
            } catch {
                guard error.code == .timeout else { throw error }
                // A right to run that is lost says the same, and that is the end.
                try await catalog.renewRetention(holder)
                report.skippedCameras += 1
                return
            }
        }
    }

    /// What is left: what holds keep, and what should not be there any more. A camera of which there
    /// is too much to be counted, years of held footage, is left out.
    private func look(at: WallTime, _ report: inout RetentionReport) async throws {
        let left = try await catalog.retentionPlan(at: at, holder: holder, skipsSlow: true)
        report.heldChunks = left.reduce(0) { $0 + $1.heldChunks }
        report.lateChunks = report.failures + left.reduce(0) { $0 + $1.lateChunks }
    }

    /// Steps 3 and 4, a page of tombstones at a time. A store that deletes nothing of a page, and may
    /// do so later, is not asked for the next; objects that it will never delete hold up nobody.
    func purge(_ report: inout RetentionReport) async throws {
        // Each pass sees what all before it left.
        report.failures = 0
        report.failure = nil
        var last: Tombstone?
        while true {
            let page = try await catalog.tombstones(after: last, limit: batch)
            guard let end = page.last else { return }
            last = end
            try await enter(.deleteObjects)
            let (gone, failure, isRetryable) = try await deleteObjects(page)
            report.failures += page.count - gone.count
            report.failure = report.failure ?? failure
            if gone.isEmpty, isRetryable { return }
            if gone.isEmpty { continue }
            try await enter(.deleteRows)
            let deleted = try await catalog.deleteRows(holder, of: gone)
            report.deleted.chunks += deleted.chunks
            report.deleted.bytes += deleted.bytes
        }
    }

    private func dropDays(_ report: inout RetentionReport) async throws {
        for _ in 0..<Self.dayLimit {
            try await enter(.dropDays)
            do throws(CatalogError) {
                guard let day = try await catalog.dropEmptyPartition(holder) else { return }
                report.days.append(day)
            } catch {
                // Somebody reads or writes without a pause: the day costs nothing, it can wait.
                guard error.code == .timeout else { throw error }
                return
            }
        }
    }

    /// The tombstones whose objects are gone, the first reason why one is not, and whether that may
    /// pass.
    private func deleteObjects(
        _ page: [Tombstone]
    ) async throws -> ([Tombstone], String?, isRetryable: Bool) {
        let keyed = page.map { (tombstone: $0, key: ObjectKey($0.key)) }
        let failures = try await store.delete(keyed.compactMap(\.key))
        let left = Set(failures.map(\.key))
        let gone = keyed.filter { $0.key.map { !left.contains($0) } ?? false }
        let wrong = keyed.first { $0.key == nil }.map {
            "the chunk \($0.tombstone.identity) has a key that this program never writes"
        }
        return (
            gone.map(\.tombstone), failures.first?.error.description ?? wrong,
            isRetryable: failures.contains { $0.error.isRetryable }
        )
    }

    func enter(_ step: Step) async throws {
        try Task.checkCancellation()
        try await before(step)
    }
}
