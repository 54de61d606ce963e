import Catalog
import Domain

/// Part of step 2: the oldest footage goes where there is more than a quota.
extension Retention {
    /// First each organisation above its own quota, then the store above its, of which everybody's
    /// oldest goes. Hour by hour of the oldest day, and in an hour camera by camera, so that no
    /// camera's footage ends more than an hour before another's.
    func applyQuotas(at: WallTime, _ report: inout RetentionReport) async throws {
        for excess in QuotaExcess.ofTenants(try await catalog.storeUse()) {
            report.quotaExcess += try await hide(excess, at: at, &report)
        }
        if let excess = QuotaExcess.ofStore(try await catalog.storeUse(), quota: storeQuota) {
            report.quotaExcess += try await hide(excess, at: at, &report)
        }
    }

    /// - Returns: Bytes that are still too many: younger than a minimum, or held.
    private func hide(
        _ excess: QuotaExcess,
        at: WallTime,
        _ report: inout RetentionReport
    ) async throws -> Int {
        var left = excess.bytes
        for day in try await catalog.footageDays(excess.tenant) {
            let first = try await catalog.firstFootage(excess.tenant, day: day, at: at)
            let midnight = CivilDate(daysSinceEpoch: Int64(day)).start
            for hour in 0..<24 {
                let start = midnight.adding(milliseconds: Int64(hour) * 3_600_000)
                let end = start.adding(milliseconds: 3_600_000)
                for footage in first where footage.start < end {
                    try await enter(.tombstone)
                    let hidden = try await catalog.tombstoneOldest(
                        holder,
                        footage.camera,
                        at: at,
                        from: start,
                        to: end,
                        excess: left
                    )
                    report.tombstoned += hidden.chunks
                    report.overQuota.chunks += hidden.chunks
                    report.overQuota.bytes += hidden.bytes
                    left -= hidden.bytes
                    if left <= 0 { return 0 }
                }
            }
        }
        return left
    }
}
