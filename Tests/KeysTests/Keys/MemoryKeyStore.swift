import Domain
import Keys
import Synchronization

/// Data keys in memory, that can be away.
final class MemoryKeyStore: DataKeyStoring {
    struct Away: Error {}

    private struct State {
        var keys: [TenantID: [WrappedDataKey]] = [:]
        var isAway = false
    }

    private let state = Mutex(State())

    func setAway(_ isAway: Bool) {
        state.withLock { $0.isAway = isAway }
    }

    func delete(_ tenant: TenantID, _ number: UInt32) {
        state.withLock { $0.keys[tenant]?.removeAll { $0.number == number } }
    }

    /// Puts a key's bytes in another's place, as who writes the database could.
    func move(_ key: WrappedDataKey, to tenant: TenantID, as number: UInt32) {
        state.withLock {
            $0.keys[tenant] = [WrappedDataKey(number: number, wrapped: key.wrapped)]
        }
    }

    func keys(_ tenant: TenantID) -> [WrappedDataKey] {
        state.withLock { $0.keys[tenant] ?? [] }
    }

    func currentDataKey(_ tenant: TenantID) async throws -> WrappedDataKey? {
        try answer { $0.keys[tenant]?.last }
    }

    func dataKey(_ tenant: TenantID, _ number: UInt32) async throws -> WrappedDataKey? {
        try answer { $0.keys[tenant]?.first { $0.number == number } }
    }

    func addDataKey(
        _ tenant: TenantID,
        _ key: WrappedDataKey,
        replacing number: UInt32?
    ) async throws -> WrappedDataKey {
        try answer { state in
            if let current = state.keys[tenant]?.last, current.number != number { return current }
            state.keys[tenant, default: []].append(key)
            return key
        }
    }

    private func answer<Value>(_ body: (inout sending State) -> Value) throws -> Value {
        try state.withLock { state in
            if state.isAway { throw Away() }
            return body(&state)
        }
    }
}
