internal import Domain
internal import Identity
internal import Synchronization

/// API keys that were good when they were last shown to this process. Their requests are counted as
/// theirs before the database is asked, and never as those of their address, whatever wrong keys
/// others behind it try. That one is here is no proof: it is asked for each time.
final class ProvenKeys: Sendable {
    /// Keys that are remembered, some 3 MB; beyond it any one is forgotten, and counted with its
    /// address once more.
    static let countLimit = 20_000

    private struct Key: Hashable {
        var tenant: TenantID
        var key: APIKeyID
        var hash: [UInt8]

        init(_ token: APIKeyToken) {
            tenant = token.tenant
            key = token.key
            hash = token.hash
        }
    }

    private let keys = Mutex<Set<Key>>([])

    func contains(_ token: APIKeyToken) -> Bool {
        keys.withLock { $0.contains(Key(token)) }
    }

    func insert(_ token: APIKeyToken) {
        keys.withLock { keys in
            if keys.count >= Self.countLimit, let any = keys.first { keys.remove(any) }
            keys.insert(Key(token))
        }
    }

    func remove(_ token: APIKeyToken) {
        keys.withLock { _ = $0.remove(Key(token)) }
    }
}
