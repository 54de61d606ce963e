import Catalog
import Domain
import Foundation
import Jobs
import ObjectStore
import Synchronization
import TestSupport
import Testing

/// The catalogue made anew from the bucket.
struct IndexRebuildTests {
    @Test func `a lost index comes back row by row, under names that say so`() async throws {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(240)
        try await fixture.copyTables()
        try await fixture.loseTables()
        let plan = try await fixture.rebuild().plan()
        #expect(plan.chunks == offers.count && plan.withoutRow == offers.count)
        #expect(plan.unknownTenants.count == 3 && plan.cameras == 6 && !plan.isForeign)
        #expect(try await fixture.base.count("SELECT count(*) FROM tenants") == 0)
        let report = try await fixture.rebuilt(page: 50)
        #expect(report.isComplete && report.restored == offers.count && report.present == 0)
        #expect(report.tenants == 3 && report.cameras == 6)
        #expect(report.bytes == offers.reduce(0) { $0 + $1.sealed.length })
        let differences = try await fixture.differences()
        #expect(differences.rows == 0 && differences.lost == offers.count)
        #expect(
            try await fixture.base.count(
                """
                SELECT count(*) FROM chunks
                WHERE registered_at > now() OR registered_at < now() - interval '1 hour'
                """
            ) == 0
        )
        // Partitions are where a day's rows belong.
        #expect(try await fixture.base.count("SELECT count(*) FROM chunks_default") == 0)
        // A second run finds everything.
        let again = try await fixture.rebuilt()
        #expect(again.isComplete && again.restored == 0 && again.present == offers.count)
        try await checkNames(fixture, offers)
        await fixture.cleanUp()
    }

    private func checkNames(_ fixture: RebuildFixture, _ offers: [ChunkOffer]) async throws {
        let identity = try #require(offers.first).sealed.chunk.identity
        let tenant = try #require(try await fixture.catalog.tenant(identity.tenant))
        #expect(tenant.name == "Restored organisation \(identity.tenant)")
        let camera = try #require(
            try await fixture.catalog.camera(identity.tenant, identity.camera)
        )
        #expect(camera.name == "Restored camera \(identity.camera)")
        #expect(camera.retentionDays == 7 && camera.removedAt != nil)
        #expect(camera.streams.map(\.role) == [.main, .sub])
        #expect(camera.streams.allSatisfy { $0.url.isEmpty && $0.credentials == nil })
        #expect(try await fixture.catalog.streamsToRecord().isEmpty)
        #expect(try await !fixture.catalog.hasUsers(identity.tenant))
    }

    @Test func `what is left of an index stays, and what differs is told`() async throws {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(60)
        try await fixture.copyTables()
        let changed = try #require(offers.first).sealed.chunk.identity
        try await fixture.base.asSuperuser(
            """
            DELETE FROM chunks WHERE sequence % 2 = 0;
            DELETE FROM gaps WHERE reason <> 'disk_full';
            UPDATE chunks SET width = 1, sha256 = sha256('x') WHERE camera_id = '\(changed.camera)'
                AND stream = '\(changed.stream.rawValue)' AND sequence = 1;
            UPDATE gaps SET end_at = end_at + interval '1 second'
            """
        )
        let left = try await fixture.base.count("SELECT count(*) FROM chunks")
        let report = try await fixture.rebuilt()
        #expect(report.tenants == 0 && report.cameras == 0)
        #expect(report.present == left - 1 && report.restored == offers.count - left)
        #expect(report.findings.kept.map(\.kind) == [.differentRow])
        #expect(report.findings.kept.first?.detail == "width, sha256")
        #expect(!report.isComplete && report.gaps > 0 && report.differingGaps > 0)
        #expect(try await fixture.base.count("SELECT count(*) FROM chunks WHERE width = 1") == 1)
        // A camera that was known keeps its name and is recorded on, above every epoch it had.
        let camera = try #require(
            try await fixture.catalog.camera(changed.tenant, changed.camera)
        )
        #expect(camera.name == "Gate" && camera.removedAt == nil)
        try await fixture.base.asSuperuser("TRUNCATE stream_leases, stream_epochs")
        let epoch = try await fixture.catalog.grant(
            fixture.base.worker,
            changed.tenant,
            changed.camera,
            changed.stream
        )
        let highest = offers.map(\.sealed.chunk.identity).filter {
            $0.camera == changed.camera && $0.stream == changed.stream
        }.map(\.epoch).max()
        #expect(epoch == (highest ?? 0) + 1)
        await fixture.cleanUp()
    }

    @Test func `another installation's bucket is refused unless it is forced`() async throws {
        let other = try await RebuildFixture.make()
        let offers = try await other.populate(12)
        let fixture = try await RebuildFixture.make()
        try await fixture.populate(12)
        let mixed = IndexRebuild(catalog: fixture.catalog, store: other.store)
        guard case .foreign(let plan) = try await mixed.run() else {
            Issue.record("it was not refused")
            return
        }
        #expect(plan.isForeign && plan.unknownTenants.count == 3)
        #expect(try await fixture.base.count("SELECT count(*) FROM tenants") == 3)
        #expect(try await fixture.base.count("SELECT count(*) FROM restored_footage") == 0)
        guard case .done(let report) = try await mixed.run(isForced: true) else {
            Issue.record("it was refused")
            return
        }
        #expect(report.restored == offers.count && report.isComplete)
        await fixture.cleanUp()
        await other.cleanUp()
    }

    @Test func `objects that tell nothing, something else or too little are told apart`()
        async throws
    {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(36)
        try await fixture.loseTables()
        // Without description, with another's, too short, one byte wrong, another program's.
        try FileManager.default.removeItem(atPath: fixture.sidecar(offers[0]))
        try FileManager.default.removeItem(atPath: fixture.sidecar(offers[1]))
        try FileManager.default.copyItem(
            atPath: fixture.sidecar(offers[2]),
            toPath: fixture.sidecar(offers[1])
        )
        let short = try FileHandle(forWritingTo: URL(fileURLWithPath: fixture.path(offers[3])))
        try short.truncate(atOffset: 10)
        try short.close()
        try Data("x".utf8).write(
            to: URL(fileURLWithPath: fixture.base.folder + "/store/backup.tar")
        )
        let report = try await fixture.rebuilt()
        let kinds = Dictionary(
            report.findings.kept.map { ($0.key, $0.kind) }
        ) { first, _ in first }
        #expect(kinds[offers[0].sealed.key] == .unreadableMetadata)
        #expect(kinds[offers[1].sealed.key] == .misplaced)
        #expect(kinds[offers[3].sealed.key] == .wrongLength)
        #expect(report.findings.count == 3 && report.otherKeys == 1)
        #expect(report.restored == offers.count - 3)
        await fixture.cleanUp()
    }

    @Test func `a value that no object can have is one finding, and all others come back`()
        async throws
    {
        let most = String(Int64.max)
        let bad: [(name: String, value: String)] = [
            ("start-us", most), ("start-us", "-1"), ("media-start", most),
            ("media-start", "-\(most)"),
            ("init-length", most), ("init-length", "0"), ("init-length", "-5"), ("length", most),
            ("size", "99999999x1"), ("size", "-1x1"), ("size", "640"), ("epoch", "0"),
            ("sequence", "-1"), ("init-hash", "0123456789abcdeg"), ("init-hash", "\u{e9}"),
            ("sha256", "00"), ("retention", "999999"), ("class", "none"), ("segments", "AQE="),
            ("segments", "not base64"), ("segments", Data([1, 255, 255, 3]).base64EncodedString()),
            ("gap", "x"), ("gap", "0,\(most),worker_down"), ("gap", "-1,5,worker_down"),
            ("gap", "1,2,nobody"), ("codecs", String(repeating: "a", count: 300)),
        ]
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(bad.count * 2)
        try await fixture.loseTables()
        let gapped = offers.filter { $0.precedingGap != nil }
        let plain = offers.filter { $0.precedingGap == nil }
        var changed: [String: String] = [:]
        for (index, (name, value)) in bad.enumerated() {
            let offer = name == "gap" ? gapped[index % gapped.count] : plain[index]
            let file = URL(fileURLWithPath: fixture.sidecar(offer))
            var object = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
            )
            var metadata = try #require(object["metadata"] as? [String: String])
            #expect(metadata[name] != nil, "\(name)")
            metadata[name] = value
            object["metadata"] = metadata
            try JSONSerialization.data(withJSONObject: object).write(to: file)
            changed[offer.sealed.key] = "\(name)=\(value)"
        }
        #expect(changed.count == bad.count)
        let report = try await fixture.rebuilt()
        let found = Set(report.findings.kept.map(\.key))
        let missed = changed.filter { !found.contains($0.key) }.map(\.value)
        // A class that is unknown is only not told.
        #expect(missed == ["class=none"])
        #expect(found.isSubset(of: changed.keys))
        #expect(report.restored == offers.count - report.findings.count)
        await fixture.cleanUp()
    }

    @Test func `a chunk that was told as given up and is in the store plays, and is no gap`()
        async throws
    {
        let fixture = try await RebuildFixture.make()
        let offer = try #require(try await fixture.populate(12).last)
        let chunk = offer.sealed.chunk
        try await fixture.base.asSuperuser(
            "DELETE FROM sparc.chunks WHERE object_key = '\(offer.sealed.key)'"
        )
        let drop = ChunkDrop(
            identity: chunk.identity,
            start: chunk.start,
            end: chunk.end,
            length: offer.sealed.length,
            besideGaps: []
        )
        let verdicts = try await fixture.catalog.recordDrops(fixture.base.worker, [drop]) {
            drop,
            name,
            now in
            Event(kind: .recordingLost, at: now, camera: drop.identity.camera, data: "{}")
        }
        #expect(verdicts == [.recorded])
        let before = try await fixture.base.count("SELECT count(*) FROM gaps")
        let report = try await fixture.rebuilt()
        #expect(report.restored == 1 && report.present == 11)
        #expect(try await fixture.base.count("SELECT count(*) FROM chunk_drops") == 0)
        #expect(try await fixture.base.count("SELECT count(*) FROM gaps") == before - 1)
        await fixture.cleanUp()
    }

    @Test func `a bucket without one chunk is not a rebuild that went well`() async throws {
        let fixture = try await RebuildFixture.make()
        try FileManager.default.createDirectory(
            atPath: fixture.base.folder + "/store",
            withIntermediateDirectories: true
        )
        #expect(try await !fixture.rebuilt().isComplete)
        // As when the disk of the store is not mounted.
        try FileManager.default.removeItem(atPath: fixture.base.folder + "/store")
        let error = await #expect(throws: ObjectStoreError.self) { try await fixture.rebuilt() }
        #expect(error?.code == .unavailable)
        await fixture.cleanUp()
    }

    @Test func `the retention of an object without it in its metadata is read from its tag`()
        async throws
    {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(12)
        try await fixture.copyTables()
        try await fixture.loseTables()
        for offer in offers {
            let file = URL(fileURLWithPath: fixture.sidecar(offer))
            var text = try String(contentsOf: file, encoding: .utf8)
            for name in ["class", "retention"] {
                let pattern = try Regex("\"\(name)\":\"[a-z0-9]+\",?")
                text = text.replacing(pattern, with: "")
            }
            #expect(!text.contains("\"retention\""))
            try Data(text.utf8).write(to: file)
        }
        let report = try await fixture.rebuilt()
        #expect(report.isComplete && report.restored == offers.count)
        #expect(try await fixture.differences().rows == 0)
        await fixture.cleanUp()
    }

    @Test func `a rebuild killed at random points and run again ends as one run`() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the rebuild kills: \(seed)")
        var generator = SeededRandom(seed: seed)
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(120)
        try await fixture.copyTables()
        struct Killed: Error {}
        var killed: Set<IndexRebuild.Step> = []
        var protections: Set<Int> = []
        for round in 0..<12 {
            try await fixture.loseTables()
            for kill in 0..<3 {
                // Before the first act of each step once, then anywhere.
                let acts = round == 0 ? kill : Int.random(in: 0...40, using: &generator)
                let left = Mutex(acts)
                let at = Mutex<IndexRebuild.Step?>(nil)
                let rebuild = fixture.rebuild(page: 7) { step in
                    let isEnd = left.withLock { left in
                        left -= 1
                        return left < 0
                    }
                    if isEnd {
                        at.withLock { $0 = step }
                        throw Killed()
                    }
                }
                do { _ = try await rebuild.run() } catch is Killed {}
                if let step = at.withLock({ $0 }) { killed.insert(step) }
            }
            let last = try await fixture.rebuilt(page: 7)
            #expect(last.isComplete && last.restored + last.present == offers.count)
            #expect(try await fixture.differences().rows == 0)
            protections.insert(
                try await fixture.base.count(
                    """
                    SELECT hashtext(string_agg(concat_ws('/', tenant_id, camera_id, from_at, to_at,
                        chunks, is_camera_restored), ',' ORDER BY tenant_id, camera_id))::bigint
                    FROM restored_footage
                    """
                )
            )
            #expect(
                try await fixture.base.count("SELECT sum(chunks)::bigint FROM restored_footage")
                    == offers.count
            )
        }
        #expect(killed.isSuperset(of: [.survey, .describe, .restore]))
        #expect(protections.count == 1)
        await fixture.cleanUp()
    }

    @Test func `two rebuilds at once end as one run`() async throws {
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(120)
        try await fixture.copyTables()
        for _ in 0..<5 {
            try await fixture.loseTables()
            async let first = fixture.rebuilt(page: 7)
            async let second = fixture.rebuilt(page: 11)
            let reports = try await [first, second]
            #expect(reports.allSatisfy { $0.isComplete })
            #expect(reports.reduce(0) { $0 + $1.restored } == offers.count)
            #expect(try await fixture.differences().rows == 0)
        }
        await fixture.cleanUp()
    }

    /// How many: `SPARC_REBUILD_OBJECTS`; the acceptance of the design is 100,000.
    @Test func `an index of many objects comes back row by row`() async throws {
        let count =
            Int(ProcessInfo.processInfo.environment["SPARC_REBUILD_OBJECTS"] ?? "") ?? 1_000
        let fixture = try await RebuildFixture.make()
        let offers = try await fixture.populate(count)
        try await fixture.copyTables()
        try await fixture.loseTables()
        let clock = ContinuousClock()
        let start = clock.now
        let report = try await fixture.rebuilt()
        print("rebuilt the rows of \(report.restored) objects in \(clock.now - start)")
        #expect(report.isComplete && report.restored == offers.count)
        let differences = try await fixture.differences()
        #expect(differences.rows == 0 && differences.lost == offers.count)
        let second = clock.now
        let compared = try await Reconciliation(
            catalog: fixture.catalog,
            store: fixture.store,
            sample: 100,
            seed: 1
        ).run()
        print("reconciled \(compared.objects) objects in \(clock.now - second)")
        #expect(compared.findings.count == 0 && compared.rows == offers.count)
        await fixture.cleanUp()
    }
}
