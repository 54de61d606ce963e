import Keys
import Synchronization

/// The local key service as if it were over a network: it counts, and can be away.
final class FailingKeyService: KeyService {
    private let local: LocalKeyService
    private let isAway = Mutex(false)
    private let count = Mutex(0)

    init(_ ring: KeyRing) {
        local = LocalKeyService(ring: ring)
    }

    var unwraps: Int { count.withLock { $0 } }

    func setAway(_ away: Bool) {
        isAway.withLock { $0 = away }
    }

    func wrap(_ key: [UInt8], for context: DataKeyContext) async throws(KeysError) -> [UInt8] {
        try check()
        return try await local.wrap(key, for: context)
    }

    func unwrap(
        _ wrapped: [UInt8],
        for context: DataKeyContext
    ) async throws(KeysError) -> [UInt8] {
        try check()
        count.withLock { $0 += 1 }
        return try await local.unwrap(wrapped, for: context)
    }

    func isCurrent(_ wrapped: [UInt8]) -> Bool {
        local.isCurrent(wrapped)
    }

    private func check() throws(KeysError) {
        if isAway.withLock({ $0 }) {
            throw KeysError(code: .unavailable, message: "the key service is away")
        }
    }
}
