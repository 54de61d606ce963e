import Catalog
import Domain
import Foundation
import Jobs
import Keys
import Synchronization
import TestSupport
import Testing

/// Changes of data keys and of the master key, killed before any act, and while others write.
struct KeyRotationTests {
    private struct Killed: Error {}

    /// Most values that one writer adds beside rotations: each of them has to seal them all.
    private static let writes = 150

    /// Two tenants with cameras and webhooks; half of the values of version 1.
    private struct Scene: Sendable {
        let fixture: RetentionFixture
        let tenants: [TenantID]
        /// Plain texts by place.
        var plain: [EnvelopeContext: [UInt8]] = [:]

        var catalog: Catalog { fixture.catalog }
    }

    private let first: KeyRing
    private let second: KeyRing

    init() throws {
        first = try KeyRing(masterKey: (0..<32).map { $0 &* 3 })
        second = try KeyRing(masterKey: (0..<32).map { $0 &* 5 })
    }

    private func scene(values: Int = 5) async throws -> Scene {
        let fixture = try await RetentionFixture.make()
        var scene = Scene(
            fixture: fixture,
            tenants: [try await fixture.tenant(), try await fixture.tenant()]
        )
        let envelope = Envelope(ring: first, store: scene.catalog)
        for tenant in scene.tenants {
            for index in 0..<values {
                let isOld = index % 2 == 0
                let (camera, webhook) = (CameraID(), WebhookID())
                let text = Array("secret \(index) of \(tenant)".utf8)
                let places = [
                    place(tenant, .cameraCredentials, "\(camera)/main"),
                    place(tenant, .webhookSecret, "\(webhook)"),
                ]
                var sealed: [[UInt8]] = []
                for place in places {
                    scene.plain[place] = text
                    sealed.append(
                        isOld
                            ? try SealingKey.ofAllTenants(first).seal(text, for: place)
                            : try await envelope.seal(text, for: place)
                    )
                }
                try await add(scene, tenant, camera, sealed[0])
                _ = try await scene.catalog.createWebhook(
                    tenant,
                    id: webhook,
                    url: "https://example.com/",
                    kinds: [],
                    isEnabled: true,
                    secret: sealed[1]
                )
            }
        }
        return scene
    }

    private func add(
        _ scene: Scene,
        _ tenant: TenantID,
        _ camera: CameraID,
        _ sealed: [UInt8]
    ) async throws(CatalogError) {
        _ = try await scene.catalog.createCamera(
            tenant,
            NewCamera(
                id: camera,
                name: "Gate",
                streams: [
                    CameraStream(role: .main, url: "rtsp://10.0.0.1/1", credentials: sealed)
                ]
            )
        )
    }

    private func place(
        _ tenant: TenantID,
        _ column: SealedColumn,
        _ row: String
    ) -> EnvelopeContext {
        EnvelopeContext(purpose: column.rawValue, tenant: tenant, row: row)
    }

    /// What is stored, by place.
    private func stored(_ scene: Scene) async throws -> [EnvelopeContext: [UInt8]] {
        var found: [EnvelopeContext: [UInt8]] = [:]
        for tenant in scene.tenants {
            for column in SealedColumn.allCases {
                var last = ""
                while true {
                    let page = try await scene.catalog.sealedValues(
                        tenant,
                        column,
                        notUnder: 0,
                        after: last
                    )
                    for value in page { found[place(tenant, column, value.row)] = value.sealed }
                    guard let end = page.last else { break }
                    last = end.row
                }
            }
        }
        return found
    }

    /// Every value opens to what it was, by an envelope that keeps nothing.
    private func check(
        _ scene: Scene,
        _ ring: KeyRing? = nil,
        previous: KeyRing? = nil
    ) async throws {
        let envelope = Envelope(
            ring: ring ?? first,
            previous: previous,
            store: scene.catalog
        )
        let stored = try await stored(scene)
        #expect(stored.count == scene.plain.count)
        for (place, sealed) in stored {
            #expect(try await envelope.open(sealed, for: place) == scene.plain[place])
        }
    }

    /// Calls a body with a hook that kills at the act of that number.
    private func killed<Step: Sendable>(
        at act: Int,
        _ body: (@escaping @Sendable (Step) async throws -> Void) async throws -> Void
    ) async throws -> Step? {
        let left = Mutex(act)
        let end = Mutex<Step?>(nil)
        do {
            try await body { step in
                let isEnd = left.withLock { left in
                    left -= 1
                    return left < 0
                }
                guard isEnd else { return }
                end.withLock { $0 = step }
                throw Killed()
            }
        } catch is Killed {}
        return end.withLock { $0 }
    }

    @Test func `a rotation killed before any act is completed by the next`() async throws {
        let scene = try await scene()
        let catalog = scene.catalog
        let tenant = scene.tenants[0]
        var kills: [Int: Int] = [:]
        var generation: UInt32 = 1
        for act in 0..<100 {
            let before = try await stored(scene)
            let step: KeyRotation.Step? = try await killed(at: act) { hook in
                let rotation = KeyRotation(
                    catalog: catalog,
                    envelope: Envelope(ring: first, store: catalog),
                    batch: 2,
                    before: hook
                )
                _ = try await rotation.run(tenant)
            }
            try await check(scene)
            let numbers = try await catalog.dataKeys(tenant).map(\.number)
            if let step {
                kills[step.rawValue, default: 0] += 1
                // Once made, the next run goes on with it and makes no other; what was killed while
                // it looked for more after its end is done.
                if numbers != [generation + 1] {
                    let isMade = step != .make
                    #expect(numbers == (isMade ? [generation, generation + 1] : [generation]))
                    let rotation = KeyRotation(
                        catalog: catalog,
                        envelope: Envelope(ring: first, store: catalog)
                    )
                    let report = try await rotation.run(tenant)
                    #expect(report.failures.isEmpty && report.deleted == [generation])
                }
            }
            generation += 1
            #expect(try await catalog.dataKeys(tenant).map(\.number) == [generation])
            try await check(scene)
            for (place, sealed) in try await stored(scene) {
                let isChanged = place.tenant == tenant
                #expect((sealed == before[place]) != isChanged)
                if isChanged { #expect(try SealedHeader(sealed).number == generation) }
            }
            if step == nil { break }
        }
        print("killed before step: \(kills.sorted { $0.key < $1.key })")
        #expect(Set(kills.keys) == [1, 2, 3])
        await scene.fixture.cleanUp()
    }

    @Test func `a change of the master key killed before any act is completed by the next`()
        async throws
    {
        let scene = try await scene()
        let catalog = scene.catalog
        var kills: [Int: Int] = [:]
        var rings = (old: first, new: second)
        for act in 0..<100 {
            var ended = false
            let step: MasterKeyChange.Step? = try await killed(at: act) { hook in
                let change = MasterKeyChange(
                    catalog: catalog,
                    envelope: Envelope(ring: rings.new, previous: rings.old, store: catalog),
                    batch: 2,
                    before: hook
                )
                for tenant in scene.tenants { _ = try await change.run(tenant) }
                ended = true
            }
            // Both master keys are good until it is done, on either side.
            try await check(scene, rings.new, previous: rings.old)
            if let step { kills[step.rawValue, default: 0] += 1 }
            let change = MasterKeyChange(
                catalog: catalog,
                envelope: Envelope(ring: rings.new, previous: rings.old, store: catalog)
            )
            for tenant in scene.tenants {
                let report = try await change.run(tenant)
                #expect(report.rest.failures.isEmpty)
                if ended { #expect(report.wrapped == 0 && report.rest.sealed == 0) }
            }
            try await check(scene, rings.new)
            let without = Envelope(ring: rings.old, store: catalog)
            for (place, sealed) in try await stored(scene) {
                #expect(try SealedHeader(sealed).version == 2)
                await #expect(throws: KeysError.self) {
                    try await without.open(sealed, for: place)
                }
            }
            rings = (rings.new, rings.old)
            if ended { break }
        }
        print("killed before step: \(kills.sorted { $0.key < $1.key })")
        #expect(Set(kills.keys) == [1, 2])
        await scene.fixture.cleanUp()
    }

    /// Whether the rotations are over.
    private final class End: Sendable {
        private let flag = Mutex(false)

        var isReached: Bool { flag.withLock { $0 } }

        func reach() {
            flag.withLock { $0 = true }
        }
    }

    @Test func `what is written while keys are changed is neither lost nor undone`() async throws {
        var scene = try await scene(values: 10)
        let tenant = scene.tenants[0]
        let end = End()
        let (added, refused): ([EnvelopeContext: [UInt8]], Int) = try await withThrowingTaskGroup(
            of: (added: [EnvelopeContext: [UInt8]], refused: Int).self
        ) { [scene] group in
            for writer in 0..<3 {
                group.addTask { try await write(scene, tenant, writer, until: end) }
            }
            group.addTask {
                defer { end.reach() }
                for _ in 0..<5 {
                    let rotation = KeyRotation(
                        catalog: scene.catalog,
                        envelope: Envelope(ring: first, store: scene.catalog),
                        batch: 7
                    )
                    let report = try await rotation.run(tenant)
                    #expect(report.failures.isEmpty)
                }
                return ([:], 0)
            }
            return try await group.reduce(into: ([:], 0)) { sum, one in
                sum.0.merge(one.added) { $1 }
                sum.1 += one.refused
            }
        }
        print("written beside 5 rotations: \(added.count), refused once: \(refused)")
        #expect(added.count >= 3)
        scene.plain.merge(added) { $1 }
        try await check(scene)
        #expect(try await scene.catalog.dataKeys(tenant).map(\.number) == [6])
        await scene.fixture.cleanUp()
    }

    private func write(
        _ scene: Scene,
        _ tenant: TenantID,
        _ writer: Int,
        until end: End
    ) async throws -> (added: [EnvelopeContext: [UInt8]], refused: Int) {
        var added: [EnvelopeContext: [UInt8]] = [:]
        var refused = 0
        let envelope = Envelope(ring: first, store: scene.catalog)
        repeat {
            let camera = CameraID()
            let place = place(tenant, .cameraCredentials, "\(camera)/main")
            let text = Array("\(writer)/\(added.count)".utf8)
            // A key that was replaced between the two: as a client that tries again.
            while added[place] == nil {
                let sealed = try await envelope.seal(text, for: place)
                do throws(CatalogError) {
                    try await add(scene, tenant, camera, sealed)
                    added[place] = text
                } catch {
                    guard error.isRetryable else { throw error }
                    refused += 1
                }
            }
        } while !end.isReached && added.count < Self.writes
        return (added, refused)
    }

    @Test func `a value that does not open keeps its key, is told, and holds up no other`()
        async throws
    {
        let scene = try await scene()
        let tenant = scene.tenants[0]
        let envelope = Envelope(ring: first, store: scene.catalog)
        let camera = CameraID()
        var sealed = try await envelope.seal(
            [1],
            for: place(tenant, .cameraCredentials, "\(camera)/main")
        )
        sealed[20] ^= 1
        try await add(scene, tenant, camera, sealed)
        let rotation = KeyRotation(catalog: scene.catalog, envelope: envelope)
        for number in 2...3 {
            let report = try await rotation.run(tenant)
            #expect(report.key == UInt32(number))
            #expect(Array(report.failures.keys) == ["cameras.credentials of \(camera)/main"])
            #expect(report.deleted == (number == 2 ? [] : [2]))
        }
        #expect(try await scene.catalog.dataKeys(tenant).map(\.number) == [1, 3])
        await scene.fixture.cleanUp()
    }
}
