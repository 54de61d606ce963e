import Catalog
import Domain

/// Part of step 2: the oldest footage goes where there is more than a quota.
extension Retention {
    /// Camera-hours that one run hides for quotas: a run ends within an hour, and the next goes on.
    /// A first quota on years of footage takes several.
    static let quotaActLimit = 50_000

    /// First each organisation above its own quota, then the store above its, of which everybody's
    /// oldest goes. Hour by hour of the oldest day, and in an hour camera by camera, so that no
    /// camera's footage ends more than an hour before another's. After each, its objects go: what is
    /// due of others is gone before, and no quota waits for another one's end.
    func applyQuotas(at: WallTime, _ report: inout RetentionReport) async throws {
        var acts = Self.quotaActLimit
        for excess in QuotaExcess.ofTenants(try await catalog.storeUse()) {
            try await apply(excess, at: at, &acts, &report)
        }
        if let excess = QuotaExcess.ofStore(try await catalog.storeUse(), quota: storeQuota) {
            try await apply(excess, at: at, &acts, &report)
        }
        let uses = try await catalog.storeUse()
        report.quotaExcess = QuotaExcess.total(uses, storeQuota: storeQuota)
    }

    private func apply(
        _ excess: QuotaExcess,
        at: WallTime,
        _ acts: inout Int,
        _ report: inout RetentionReport
    ) async throws {
        if excess.isProtected { return }
        let before = report.overQuota.chunks
        do {
            try await hide(excess, at: at, &acts, &report)
        } catch let error as CatalogError where error.code == .timeout {
            // The others' footage, and the rest of the run, do not wait for it.
            try await catalog.renewRetention(holder)
            report.skippedCameras += 1
        }
        if report.overQuota.chunks > before { try await purge(&report) }
    }

    /// Until it is enough, or the run's share of work is done.
    private func hide(
        _ excess: QuotaExcess,
        at: WallTime,
        _ acts: inout Int,
        _ report: inout RetentionReport
    ) async throws {
        var left = excess.bytes
        let today = Int(at.day.daysSinceEpoch)
        // Nothing of today is older than a minimum, which is a day at least. Days ahead are of wrong
        // clocks, and go by their registration.
        for (day, _) in try await catalog.footageByDay(excess.tenant) where day != today {
            let first = try await catalog.firstFootage(holder, excess.tenant, day: day, at: at)
            let midnight = CivilDate(daysSinceEpoch: Int64(day)).start
            for hour in 0..<24 {
                let start = midnight.adding(milliseconds: Int64(hour) * 3_600_000)
                let end = start.adding(milliseconds: 3_600_000)
                for footage in first where footage.start < end {
                    if acts == 0 { return }
                    acts -= 1
                    try await enter(.tombstone)
                    let hidden = try await catalog.tombstoneOldest(
                        holder,
                        footage.camera,
                        at: at,
                        from: start,
                        to: end,
                        quota: excess.tenant == nil ? nil : excess.quota,
                        excess: left
                    )
                    guard let hidden else { return }
                    report.tombstoned += hidden.chunks
                    report.overQuota.chunks += hidden.chunks
                    report.overQuota.bytes += hidden.bytes
                    left -= hidden.bytes
                    if left <= 0 { return }
                }
            }
        }
    }
}
