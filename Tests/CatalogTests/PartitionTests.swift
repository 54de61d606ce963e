import Catalog
import Database
import Domain
import Testing

struct PartitionTests {
    /// Yesterday, today, 14 days ahead and the default.
    private static let partitionCount: StaticString = """
        SELECT count(*) FROM pg_inherits JOIN pg_class c ON c.oid = inhparent
        WHERE c.relname = 'chunks'
        """

    /// The real clock, since the partitions are those of today.
    private func now(_ catalog: CatalogFixture) async throws -> WallTime {
        let connection = try await Connection.open(catalog.owner)
        return try await connection.run { session throws(DatabaseError) in
            try session.query("SELECT now()").first?.value(0) ?? WallTime(seconds: 0)
        }
    }

    private func partitions(_ fixture: CatalogFixture, of camera: Camera) async throws -> [String] {
        let connection = try await Connection.open(fixture.owner)
        return try await connection.run { session throws(DatabaseError) in
            let rows = try session.query(
                """
                SELECT relname::text FROM chunks k JOIN pg_class c ON c.oid = k.tableoid
                WHERE camera_id = $1 ORDER BY start_at
                """,
                .id(camera.id)
            )
            return try rows.decode { row throws(DatabaseError) in try row.next(String.self) }
        }
    }

    @Test func `stamps of 1970, of 40 days ahead and across midnight are kept and found`()
        async throws
    {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.first)
        let epoch = try await catalog.grant(fixture.worker, fixture.first, camera.id, .main)
        let midnight = try await now(fixture).day.start
        let starts = [
            WallTime(seconds: 0), WallTime(seconds: 86_395),
            midnight.adding(milliseconds: -30_000), midnight,
            midnight.adding(milliseconds: 40 * 86_400_000),
        ]
        let chunks = starts.enumerated().map { index, start in
            CatalogFixture.chunk(
                camera,
                epoch: epoch,
                sequence: Int64(index + 1),
                start: start,
                seconds: index == 2 ? 60 : 8
            )
        }
        let verdicts = try await catalog.registerChunks(
            fixture.worker,
            chunks.map { ChunkOffer(sealed: $0, precedingGap: nil) }
        )
        #expect(verdicts.allSatisfy { $0 == .registered })
        let yesterday = CivilDate(daysSinceEpoch: midnight.day.daysSinceEpoch - 1)
        func name(_ day: CivilDate) -> String {
            "chunks_" + day.description.filter { $0 != "-" }
        }
        #expect(
            try await partitions(fixture, of: camera) == [
                "chunks_default", "chunks_default", name(yesterday), name(midnight.day),
                "chunks_default",
            ]
        )
        for chunk in chunks {
            let found = try await catalog.chunk(chunk.chunk.identity)
            #expect(found?.sealed == chunk)
            #expect(found?.key == chunk.key)
            let range = try await catalog.chunks(
                fixture.first,
                camera.id,
                .main,
                from: chunk.chunk.start.adding(milliseconds: 1_000),
                to: chunk.chunk.start.adding(milliseconds: 2_000)
            )
            #expect(range.contains { $0.sealed == chunk })
        }
        // The chunk that begins before midnight and ends after it is found from both days.
        let after = try await catalog.chunks(
            fixture.first,
            camera.id,
            .main,
            from: midnight.adding(milliseconds: 10_000),
            to: midnight.adding(milliseconds: 20_000)
        )
        #expect(after.map { $0.sealed } == [chunks[2]])
        // A stray of a clock ahead does not count as recorded until then.
        let stream = try await catalog.assignments(fixture.worker).first
        let until = try #require(stream?.recordedUntil)
        #expect(until == max(chunks[2].chunk.end, chunks[3].chunk.end))
    }

    @Test func `a partition takes over what lay in the default one`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        let camera = try await fixture.camera(fixture.first)
        let epoch = try await catalog.grant(fixture.worker, fixture.first, camera.id, .main)
        let day = CivilDate(daysSinceEpoch: try await now(fixture).day.daysSinceEpoch + 40)
        let stamps = [-1_000, 0, 86_399_000, 86_400_000]
        let chunks = stamps.enumerated().map { index, stamp in
            CatalogFixture.chunk(
                camera,
                epoch: epoch,
                sequence: Int64(index + 1),
                start: day.start.adding(milliseconds: Int64(stamp)),
                seconds: 4
            )
        }
        _ = try await catalog.registerChunks(
            fixture.worker,
            chunks.map { ChunkOffer(sealed: $0, precedingGap: nil) }
        )
        // Two at once: one makes it, the other finds it made.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try await fixture.asSuperuser(
                        "SET ROLE sparc_owner; SELECT make_chunk_partition('\(day)')"
                    )
                }
            }
            try await group.waitForAll()
        }
        let child = "chunks_" + day.description.filter { $0 != "-" }
        #expect(
            try await partitions(fixture, of: camera) == [
                "chunks_default", child, child, "chunks_default",
            ]
        )
        for chunk in chunks {
            #expect(try await catalog.chunk(chunk.chunk.identity)?.sealed == chunk)
        }
        #expect(try await fixture.findings() == [])
        // Offered again they are known, wherever they lie now.
        let again = try await catalog.registerChunks(
            fixture.worker,
            chunks.map { ChunkOffer(sealed: $0, precedingGap: nil) }
        )
        #expect(again.allSatisfy { $0 == .registered })
        #expect(try await fixture.count("SELECT count(*) FROM chunks") == 4)
    }

    @Test func `partitions reach 14 days ahead, and are made again after they were lost`()
        async throws
    {
        let fixture = try await CatalogFixture.make()
        #expect(try await fixture.count(Self.partitionCount) == 17)
        let day = CivilDate(daysSinceEpoch: try await now(fixture).day.daysSinceEpoch + 7)
        let child = "chunks_" + day.description.filter { $0 != "-" }
        try await fixture.asSuperuser("DROP TABLE \(child)")
        try await fixture.catalog.ensurePartitions()
        try await fixture.catalog.ensurePartitions()
        #expect(try await fixture.count(Self.partitionCount) == 17)
        #expect(try await fixture.findings() == [])
    }

    @Test func `an hour of the archive reads the partitions of its day alone`() async throws {
        let fixture = try await CatalogFixture.make()
        let camera = try await fixture.camera(fixture.first)
        let noon = try await now(fixture).day.start.adding(milliseconds: 12 * 3_600_000)
        try await fixture.asSuperuser(
            "CREATE FUNCTION public.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS"
                + " 'BEGIN RETURN QUERY EXECUTE ''EXPLAIN '' || query; END'"
        )
        let values = [
            "'\(fixture.first)'", "'\(camera.id)'", "'main'",
            "'\(noon.adding(milliseconds: -3_600_000))'",
            "'\(noon.adding(milliseconds: 3_600_000))'", "'\(noon)'", "100",
        ]
        var query = Catalog.chunksQuery.description
        for (index, value) in values.enumerated().reversed() {
            query = query.split(separator: "$\(index + 1)", omittingEmptySubsequences: false)
                .joined(separator: value)
        }
        let text = query
        let pool = ConnectionPool(
            fixture.owner.connecting(as: "sparc_app", password: "app"),
            size: 1
        )
        let plan = try await pool.transaction(tenant: fixture.first) {
            session throws(DatabaseError) in
            let rows = try session.query("SELECT public.plan($1)", .text(text))
            return try rows.decode { row throws(DatabaseError) in try row.next(String.self) }
        }
        let partitions = plan.filter { $0.contains(" on chunks_") }
        let child = "chunks_" + noon.day.description.filter { $0 != "-" }
        #expect(partitions.count == 1, "\(plan)")
        #expect(partitions.allSatisfy { $0.contains(child) && $0.contains("Index") }, "\(plan)")
    }
}
