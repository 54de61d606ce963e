import Domain
import ObjectStore
import Synchronization

/// A store whose deletions fail as a test says, before or after they happened.
final class FaultyStore: ObjectStoring {
    enum Fault: Sendable {
        case none
        /// Refused, nothing happened.
        case refused
        /// Done, and the answer was lost.
        case lost
    }

    private let inner: any ObjectStoring
    private let fault: @Sendable (Int) -> Fault
    private let calls = Mutex(0)
    private let check: @Sendable (ObjectKey) async throws -> Void

    /// - Parameters:
    ///   - check: Called before an object is deleted.
    ///   - fault: What happens at the n-th deletion, from 0.
    init(
        _ inner: any ObjectStoring,
        check: @escaping @Sendable (ObjectKey) async throws -> Void = { _ in },
        fault: @escaping @Sendable (Int) -> Fault
    ) {
        self.inner = inner
        self.check = check
        self.fault = fault
    }

    func put(_ object: NewObject) async throws -> PutOutcome { try await inner.put(object) }

    func head(_ key: ObjectKey) async throws -> StoredObject? { try await inner.head(key) }

    func read(_ key: ObjectKey, range: Range<Int>) async throws -> [UInt8] {
        try await inner.read(key, range: range)
    }

    func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectKey] {
        try await inner.list(prefix: prefix, after: after, limit: limit)
    }

    func delete(_ keys: [ObjectKey]) async throws -> [DeleteFailure] {
        var failures: [DeleteFailure] = []
        for key in keys {
            do { try await delete(key) } catch let error as ObjectStoreError {
                failures.append(DeleteFailure(key: key, error: error))
            }
        }
        return failures
    }

    func delete(_ key: ObjectKey) async throws {
        let call = calls.withLock { calls in
            calls += 1
            return calls - 1
        }
        try await check(key)
        switch fault(call) {
        case .none: try await inner.delete(key)
        case .refused: throw ObjectStoreError(.unavailable, "503")
        case .lost:
            try await inner.delete(key)
            throw ObjectStoreError(.unavailable, "the answer was lost")
        }
    }
}
