import Domain
import Keys
import Synchronization
import TestSupport
import Testing

/// Data keys of tenants: what opens, what never does, and what goes on while others are away.
@Suite struct EnvelopeTests {
    private let store = MemoryKeyStore()
    private let clock = Clock()

    /// Time that tests move on.
    private final class Clock: Sendable {
        private let base = ContinuousClock.now
        private let passed = Mutex(Duration.zero)

        var now: ContinuousClock.Instant { base.advanced(by: passed.withLock { $0 }) }

        func pass(_ duration: Duration) {
            passed.withLock { $0 += duration }
        }
    }

    private func ring(_ first: UInt8 = 0) throws -> KeyRing {
        try KeyRing(masterKey: exampleKey.map { $0 ^ first })
    }

    private func envelope(_ service: (any KeyService)? = nil) throws -> Envelope {
        Envelope(
            service: try service ?? LocalKeyService(ring: ring()),
            store: store,
            rings: [try ring()],
            now: { [clock] in clock.now }
        )
    }

    private static func place(
        _ tenant: TenantID,
        _ row: String = "1",
        _ purpose: String = "cameras.credentials"
    ) -> EnvelopeContext {
        EnvelopeContext(purpose: purpose, tenant: tenant, row: row)
    }

    private func code(_ body: () async throws -> Void) async -> KeysError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? KeysError)?.code
        }
    }

    /// `reliability.md` row 34: cipher texts swapped between rows, tenants, columns and keys, cut,
    /// and with any bit flipped.
    @Test func `of twenty thousand changed values none opens, and all unchanged ones do`()
        async throws
    {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the changed values: \(seed)")
        var random = SeededRandom(seed: seed)
        let envelope = try envelope()
        var sealed: [(place: EnvelopeContext, value: [UInt8])] = []
        for tenant in (0..<4).map({ _ in TenantID() }) {
            for generation in 0..<2 {
                if generation == 1 { try await envelope.addKey(tenant, replacing: 1) }
                for purpose in ["cameras.credentials", "webhooks.secret"] {
                    for row in ["1", "2"] {
                        let place = Self.place(tenant, row, purpose)
                        let plain = Array("\(generation)\(place)".utf8)
                        let value = try await envelope.seal(plain, for: place)
                        #expect(try await envelope.open(value, for: place) == plain)
                        #expect(try SealedHeader(value).number == UInt32(generation) + 1)
                        sealed.append((place, value))
                    }
                }
            }
        }
        var refused: [KeysError.Code: Int] = [:]
        var opened = 0
        for _ in 0..<20_000 {
            let one = sealed[Int.random(in: 0..<sealed.count, using: &random)]
            let other = sealed[Int.random(in: 0..<sealed.count, using: &random)]
            var (place, value) = one
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                guard other.place != place else { continue }
                place = other.place
            case 1:
                let bit = Int.random(in: 0..<(value.count * 8), using: &random)
                value[bit / 8] ^= 1 << (bit % 8)
            case 2:
                // The number of the other of the tenant's two keys.
                value[4] = 3 - value[4]
            default: value = Array(value.prefix(Int.random(in: 0..<value.count, using: &random)))
            }
            let found = await code { _ = try await envelope.open(value, for: place) }
            if let found { refused[found, default: 0] += 1 } else { opened += 1 }
        }
        print("refused: \(refused.sorted { $0.key.rawValue < $1.key.rawValue })")
        #expect(opened == 0)
        #expect(refused.values.reduce(0, +) > 19_000)
    }

    @Test func `each tenant has a key of its own, and a hundred at once make one`() async throws {
        let tenant = TenantID()
        let envelopes = try (0..<4).map { _ in try envelope() }
        let values = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for index in 0..<100 {
                group.addTask {
                    try await envelopes[index % 4].seal([7], for: Self.place(tenant))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(store.keys(tenant).count == 1)
        for value in values {
            #expect(try await envelopes[0].open(value, for: Self.place(tenant)) == [7])
        }
        _ = try await envelopes[0].seal([7], for: Self.place(TenantID()))
        #expect(store.keys(tenant).first?.wrapped.count == 32 + SealingKey.overhead)
    }

    @Test func `values of version one open, also those of the master key before`() async throws {
        let tenant = TenantID()
        let place = Self.place(tenant)
        let former = try SealingKey.ofAllTenants(ring(9)).seal([1, 2], for: place)
        #expect(await code { _ = try await envelope().open(former, for: place) } == .notAuthentic)
        let both = Envelope(ring: try ring(), previous: try ring(9), store: store)
        #expect(try await both.open(former, for: place) == [1, 2])
        let now = try SealingKey.ofAllTenants(ring()).seal([3], for: place)
        #expect(try await both.open(now, for: place) == [3])
        #expect(await code { _ = try await both.open(now, for: Self.place(TenantID())) } != nil)
        #expect(store.keys(tenant).isEmpty)
    }

    @Test func `a key of another tenant or number, or of another master key, does not unwrap`()
        async throws
    {
        let (first, second, third) = (TenantID(), TenantID(), TenantID())
        let envelope = try envelope()
        let value = try await envelope.seal([1], for: Self.place(first))
        let key = try #require(store.keys(first).first)
        store.move(key, to: second, as: 1)
        store.move(key, to: third, as: 2)
        for tenant in [second, third] {
            #expect(
                await code { _ = try await envelope.seal([1], for: Self.place(tenant)) }
                    == .notAuthentic
            )
        }
        let other = Envelope(ring: try ring(9), store: store)
        #expect(
            await code { _ = try await other.open(value, for: Self.place(first)) } == .unknownKey
        )
        // Nor does who has another master key put a key in the place of one.
        #expect(await code { try await other.addKey(first, replacing: 1) } == .unknownKey)
        #expect(store.keys(first) == [key])
        let both = Envelope(ring: try ring(9), previous: try ring(), store: store)
        #expect(try await both.open(value, for: Self.place(first)) == [1])
        let anew = try #require(try await both.rewrapped(key, first))
        store.move(WrappedDataKey(number: 1, wrapped: anew), to: first, as: 1)
        #expect(try await other.open(value, for: Self.place(first)) == [1])
        #expect(try await both.rewrapped(store.keys(first)[0], first) == nil)
    }

    @Test func `an unwrapped key is kept five minutes, also while service and store are away`()
        async throws
    {
        let service = try FailingKeyService(ring())
        let envelope = try envelope(service)
        let place = Self.place(TenantID())
        let value = try await envelope.seal([1], for: place)
        for _ in 0..<100 { _ = try await envelope.open(value, for: place) }
        #expect(service.unwraps == 1)
        service.setAway(true)
        store.setAway(true)
        clock.pass(.seconds(299))
        #expect(try await envelope.open(value, for: place) == [1])
        clock.pass(.seconds(1))
        await #expect(throws: MemoryKeyStore.Away.self) {
            try await envelope.open(value, for: place)
        }
        store.setAway(false)
        #expect(await code { _ = try await envelope.open(value, for: place) } == .unavailable)
        #expect(KeysError(code: .unavailable, message: "").isRetryable)
        service.setAway(false)
        #expect(try await envelope.open(value, for: place) == [1])
        #expect(service.unwraps == 2)
    }

    @Test func `a deleted key opens nothing once it is not kept any more`() async throws {
        let envelope = try envelope()
        let tenant = TenantID()
        let value = try await envelope.seal([1], for: Self.place(tenant))
        try await envelope.addKey(tenant, replacing: 1)
        store.delete(tenant, 1)
        let fresh = try self.envelope()
        #expect(
            await code { _ = try await fresh.open(value, for: Self.place(tenant)) } == .keyReplaced
        )
        clock.pass(Envelope.lifetime)
        #expect(
            await code { _ = try await envelope.open(value, for: Self.place(tenant)) }
                == .keyReplaced
        )
    }

    @Test func `more tenants than are kept are asked for again, and all open`() async throws {
        let service = try FailingKeyService(ring())
        let envelope = try envelope(service)
        var values: [(EnvelopeContext, [UInt8])] = []
        for index in 0..<(Envelope.cacheLimit + 10) {
            let place = Self.place(TenantID(), "\(index)")
            values.append((place, try await envelope.seal([1], for: place)))
            clock.pass(.microseconds(1))
        }
        #expect(service.unwraps == Envelope.cacheLimit + 10)
        let (newest, oldest) = (values[values.count - 1], values[0])
        #expect(try await envelope.open(newest.1, for: newest.0) == [1])
        #expect(service.unwraps == Envelope.cacheLimit + 10)
        #expect(try await envelope.open(oldest.1, for: oldest.0) == [1])
        #expect(service.unwraps == Envelope.cacheLimit + 11)
    }
}
