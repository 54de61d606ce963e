internal import Domain
internal import Synchronization

/// When the catalogue failed last: a database that hangs costs one request its time limit, and not
/// every one.
package final class CatalogOutage: Sendable {
    /// Microseconds after a failure in which it is not asked again where the last answer will do.
    private static let pause: Int64 = 5_000_000

    private let failedAt = Mutex<WallTime?>(nil)

    package init() {}

    func isRecent(_ now: WallTime) -> Bool {
        failedAt.withLock { $0 }.map { now.microseconds - $0.microseconds < Self.pause } ?? false
    }

    func began(_ now: WallTime) {
        failedAt.withLock { $0 = now }
    }

    func ended() {
        failedAt.withLock { $0 = nil }
    }
}
