package import Domain
internal import Synchronization

/// Encrypts small secrets for the database, each tenant's under a data key of its own (version 2).
///
/// Data keys are stored wrapped by a key service. Unwrapped ones are kept for `lifetime`, so that
/// what is known opens while service or database are away. Which key is current is asked for each
/// value that is sealed: its row goes into the same database anyway. A row keeps the key that it
/// names from being deleted, so a value sealed under a key that a rotation ends at that moment is
/// refused there, never lost.
package final class Envelope: Sendable, CustomStringConvertible, CustomReflectable {
    /// How long an unwrapped key is kept.
    package static let lifetime = Duration.seconds(300)
    /// Unwrapped keys that are kept, a few megabytes; beyond it the oldest go. A worker's list asks
    /// for those of all its tenants every second.
    package static let cacheLimit = 10_000
    /// How often keys that nobody asked for again are looked for.
    private static let sweepInterval = Duration.seconds(60)

    private struct Slot: Hashable {
        var tenant: TenantID
        var number: UInt32
    }

    private struct Entry {
        var key: SealingKey
        /// As it was stored: a number in a restored database may be another key.
        var wrapped: [UInt8]
        var unwrapped: ContinuousClock.Instant
    }

    private struct Cache {
        var entries: [Slot: Entry] = [:]
        var swept: ContinuousClock.Instant
    }

    private let service: any KeyService
    private let store: any DataKeyStoring
    /// Of values of version 1.
    private let former: [SealingKey]
    private let now: @Sendable () -> ContinuousClock.Instant
    private let cache: Mutex<Cache>

    /// - Parameters:
    ///   - rings: Of the master key and those before it, whose values of version 1 open.
    ///   - now: For tests of what is kept.
    package init(
        service: any KeyService,
        store: any DataKeyStoring,
        rings: [KeyRing],
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.service = service
        self.store = store
        former = rings.map { SealingKey.ofAllTenants($0) }
        self.now = now
        cache = Mutex(Cache(swept: now()))
    }

    /// One with the local key service.
    package convenience init(
        ring: KeyRing,
        previous: KeyRing? = nil,
        store: any DataKeyStoring
    ) {
        self.init(
            service: LocalKeyService(ring: ring, previous: previous),
            store: store,
            rings: [ring] + (previous.map { [$0] } ?? [])
        )
    }

    /// Encrypts bytes for one place; makes the tenant's first data key where it has none.
    ///
    /// Throws `KeysError`: `tooLong`, or what the key service says; and what the store throws.
    package func seal(_ plain: [UInt8], for context: EnvelopeContext) async throws -> [UInt8] {
        let stored: WrappedDataKey
        if let current = try await store.currentDataKey(context.tenant) {
            stored = current
        } else {
            stored = try await addKey(context.tenant, replacing: nil)
        }
        return try await key(stored, context.tenant).seal(plain, for: context)
    }

    /// Decrypts what `seal` made for the same place, also what earlier versions made.
    ///
    /// Throws `KeysError`: `malformedEnvelope`, `unknownVersion`, `unknownKey`, `notAuthentic`,
    /// `keyReplaced`, or what the key service says; and what the store throws.
    package func open(_ sealed: [UInt8], for context: EnvelopeContext) async throws -> [UInt8] {
        let header = try SealedHeader(sealed)
        if header.version == 1 { return try openFormer(sealed, context) }
        let slot = Slot(tenant: context.tenant, number: header.number)
        if let known = kept(slot) { return try known.key.open(sealed, for: context) }
        guard let stored = try await store.dataKey(context.tenant, header.number) else {
            throw KeysError(
                code: .keyReplaced,
                message: "the stored secret needs data key \(header.number) of its organisation, "
                    + "which is gone; it was encrypted with another one since it was read"
            )
        }
        return try await key(stored, context.tenant).open(sealed, for: context)
    }

    /// Makes a new data key the current one.
    ///
    /// Throws `KeysError`, also if the key to be replaced does not unwrap: with another master key
    /// than everybody else's nobody could use the new one; and what the store throws.
    /// - Parameter number: The key that it replaces; nil: the tenant has none.
    /// - Returns: What is current now: another's, if the one to be replaced was not any more.
    @discardableResult
    package func addKey(
        _ tenant: TenantID,
        replacing number: UInt32?
    ) async throws -> WrappedDataKey {
        if let number, let replaced = try await store.dataKey(tenant, number) {
            _ = try await key(replaced, tenant)
        }
        let next = (number ?? 0) + 1
        let wrapped = try await service.wrap(
            SealingKey.randomBytes(),
            for: DataKeyContext(tenant: tenant, number: next)
        )
        return try await store.addDataKey(
            tenant,
            WrappedDataKey(number: next, wrapped: wrapped),
            replacing: number
        )
    }

    /// A data key wrapped under the master key of now; nil: it is already.
    package func rewrapped(
        _ stored: WrappedDataKey,
        _ tenant: TenantID
    ) async throws(KeysError) -> [UInt8]? {
        if service.isCurrent(stored.wrapped) { return nil }
        let context = DataKeyContext(tenant: tenant, number: stored.number)
        return try await service.wrap(
            try await service.unwrap(stored.wrapped, for: context),
            for: context
        )
    }

    private func openFormer(
        _ sealed: [UInt8],
        _ context: EnvelopeContext
    ) throws(KeysError) -> [UInt8] {
        var failure = KeysError(code: .unknownKey, message: "there is no master key")
        for key in former {
            do throws(KeysError) {
                return try key.open(sealed, for: context)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private func key(
        _ stored: WrappedDataKey,
        _ tenant: TenantID
    ) async throws(KeysError) -> SealingKey {
        let slot = Slot(tenant: tenant, number: stored.number)
        if let known = kept(slot), known.wrapped == stored.wrapped { return known.key }
        let begun = now()
        let bytes = try await service.unwrap(
            stored.wrapped,
            for: DataKeyContext(tenant: tenant, number: stored.number)
        )
        let key = try SealingKey(number: stored.number, bytes: bytes)
        keep(Entry(key: key, wrapped: stored.wrapped, unwrapped: begun), slot)
        return key
    }

    private func kept(_ slot: Slot) -> Entry? {
        let oldest = now() - Self.lifetime
        return cache.withLock { cache in
            guard let entry = cache.entries[slot] else { return nil }
            guard entry.unwrapped > oldest else {
                cache.entries[slot] = nil
                return nil
            }
            return entry
        }
    }

    private func keep(_ entry: Entry, _ slot: Slot) {
        let moment = now()
        cache.withLock { cache in
            let isFull = cache.entries.count >= Self.cacheLimit && cache.entries[slot] == nil
            if moment - cache.swept >= Self.sweepInterval {
                let oldest = moment - Self.lifetime
                cache.entries = cache.entries.filter { $0.value.unwrapped > oldest }
                cache.swept = moment
            } else if isFull,
                let first = cache.entries.min(by: { $0.value.unwrapped < $1.value.unwrapped })
            {
                cache.entries[first.key] = nil
            }
            cache.entries[slot] = entry
        }
    }

    package var description: String {
        "(envelope)"
    }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
