import Domain
import Files
import Spool
import TestSupport
import Testing

/// What the quota frees and gives up, case by case and over generated spools.
struct SpoolQuotaTests {
    private static let tenant = TenantID()
    private static let camera = CameraID()

    private static func item(
        _ sequence: Int64,
        _ standing: SpoolQuota.Standing,
        length: Int = 10,
        start: Int64? = nil
    ) -> SpoolQuota.Item {
        SpoolQuota.Item(
            identity: ChunkIdentity(
                tenant: tenant,
                camera: camera,
                stream: .main,
                epoch: 1,
                sequence: sequence
            ),
            start: WallTime(seconds: start ?? sequence * 60),
            length: length,
            standing: standing
        )
    }

    /// A spool, a disk of 1,000 bytes, and what has to go. Of that disk 100 bytes are the reserve
    /// and 50 its last half.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var standings: [SpoolQuota.Standing]
        var free: Int
        var limit: Int?
        var freed: [Int64] = []
        var dropped: [Int64] = []
    }

    static let cases = [
        Case(
            testDescription: "room enough",
            standings: [.shipped, .unshipped, .kept],
            free: 100
        ),
        Case(
            testDescription: "a byte too little: the oldest copy",
            standings: [.shipped, .shipped, .unshipped, .kept],
            free: 99,
            freed: [1]
        ),
        Case(
            testDescription: "copies go before anything else, also newer ones",
            standings: [.unshipped, .unshipped, .shipped, .shipped, .kept],
            free: 45,
            freed: [3, 4]
        ),
        Case(
            testDescription: "with half the reserve left, nothing is given up",
            standings: [.unshipped, .unshipped, .kept],
            free: 50
        ),
        Case(
            testDescription: "below it the oldest is given up",
            standings: [.unshipped, .unshipped, .unshipped, .kept],
            free: 38,
            dropped: [1, 2]
        ),
        Case(
            testDescription: "what copies free counts first",
            standings: [.unshipped, .shipped, .unshipped, .kept],
            free: 35,
            freed: [2],
            dropped: [1]
        ),
        Case(
            testDescription: "a full disk takes all but what is kept",
            standings: [.unshipped, .shipped, .kept, .unshipped, .keptCopy],
            free: 0,
            freed: [2],
            dropped: [1, 4]
        ),
        Case(
            testDescription: "the limit counts copies too",
            standings: [.unshipped, .shipped, .shipped, .unshipped, .kept],
            free: 900,
            limit: 35,
            freed: [2, 3]
        ),
        Case(
            testDescription: "the limit, with nothing but footage left",
            standings: [.unshipped, .unshipped, .unshipped, .kept],
            free: 900,
            limit: 20,
            dropped: [1, 2]
        ),
        Case(
            testDescription: "a limit of nothing keeps what must be kept",
            standings: [.kept, .keptCopy],
            free: 900,
            limit: 0
        ),
    ]

    @Test(arguments: cases)
    func `the right chunks go`(_ row: Case) {
        let items = row.standings.enumerated().map { Self.item(Int64($0.offset) + 1, $0.element) }
        let plan = SpoolQuota(freePercent: 10, limitBytes: row.limit).plan(
            items.reversed(),
            space: FileSystemSpace(totalBytes: 1_000, freeBytes: row.free)
        )
        #expect(plan.freed.map(\.sequence) == row.freed)
        #expect(plan.dropped.map(\.sequence) == row.dropped)
        #expect(plan.usedBytes == items.count * 10)
    }

    @Test func `a large disk keeps no more free than the limit of the reserve`() {
        let quota = SpoolQuota(freePercent: 10)
        let large = FileSystemSpace(totalBytes: 4_000 << 30, freeBytes: 0)
        #expect(quota.reserve(of: large) == SpoolQuota.reserveLimit)
        #expect(quota.floor(of: large) == SpoolQuota.reserveLimit / 2)
        let small = FileSystemSpace(totalBytes: 64 << 20, freeBytes: 0)
        #expect(quota.reserve(of: small) == (64 << 20) / 100 * 10)
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `no plan gives up more than it must`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let standings: [SpoolQuota.Standing] = [.shipped, .unshipped, .kept, .keptCopy]
        let items = (0..<Int64.random(in: 0...60, using: &random)).map { sequence in
            Self.item(
                sequence + 1,
                standings.randomElement(using: &random) ?? .kept,
                length: Int.random(in: 0...40, using: &random),
                start: Int64.random(in: 0...50, using: &random)
            )
        }
        let total = Int.random(in: 1...4_000, using: &random)
        let space = FileSystemSpace(
            totalBytes: total,
            freeBytes: Int.random(in: 0...total, using: &random)
        )
        let quota = SpoolQuota(
            freePercent: Int.random(in: 1...90, using: &random),
            limitBytes: Bool.random(using: &random)
                ? Int.random(in: 0...1_500, using: &random) : nil
        )
        let plan = quota.plan(items, space: space)
        let lengths = Dictionary(uniqueKeysWithValues: items.map { ($0.identity, $0) })
        let freed = plan.freed.compactMap { lengths[$0] }
        let dropped = plan.dropped.compactMap { lengths[$0] }
        #expect(freed.allSatisfy { $0.standing == .shipped })
        #expect(dropped.allSatisfy { $0.standing == .unshipped })
        for (gone, standing) in [(freed, SpoolQuota.Standing.shipped), (dropped, .unshipped)] {
            // The oldest ones: none that stays is older than one that goes.
            let names = Set(gone.map(\.identity))
            let stays = items.filter { $0.standing == standing && !names.contains($0.identity) }
            let oldest = stays.map(\.start).min() ?? WallTime(seconds: 1_000)
            #expect(gone.allSatisfy { $0.start <= oldest })
        }
        func isShort(_ bytes: Int, of need: Int) -> Bool {
            let excess = quota.limitBytes.map { plan.usedBytes - $0 - bytes } ?? 0
            return max(excess, need - space.freeBytes - bytes) > 0
        }
        let copies = freed.reduce(0) { $0 + $1.length }
        let all = dropped.reduce(copies) { $0 + $1.length }
        if !dropped.isEmpty {
            #expect(freed.count == items.count { $0.standing == .shipped })
            let last = dropped[dropped.count - 1].length
            #expect(isShort(all - last, of: quota.floor(of: space)))
        }
        if dropped.count < items.count(where: { $0.standing == .unshipped }) {
            #expect(!isShort(all, of: quota.floor(of: space)))
        }
        if freed.count < items.count(where: { $0.standing == .shipped }) {
            #expect(!isShort(copies, of: quota.reserve(of: space)))
        }
    }

    @Test func `a warning stands from 80 percent on until less than 70 are used`() {
        var watch = SpoolWatch()
        var now = MonotonicTime(nanoseconds: 0)
        var told: [Bool] = []
        for held in [0, 79, 80, 75, 70, 69, 75, 79, 80, 101, 69] {
            now = now + .seconds(1)
            watch.observe(held: held, capacity: 100, at: now)
            told.append(watch.isFilling)
        }
        #expect(
            told == [
                false, false, true, true, true, false, false, false, true, true, false,
            ]
        )
        watch.observe(held: 0, capacity: 0, at: now)
        #expect(!watch.isFilling)
        watch.observe(held: 1, capacity: 0, at: now)
        #expect(watch.isFilling)
    }

    @Test func `the forecast follows the rate of the last minutes`() throws {
        var watch = SpoolWatch()
        var now = MonotonicTime(nanoseconds: 0)
        func after(_ seconds: Int64) -> MonotonicTime { now + .seconds(seconds) }
        for second in 0..<25 {
            watch.observe(held: second * 10, capacity: 10_000, at: after(Int64(second)))
        }
        #expect(watch.timeToFull(held: 250, capacity: 10_000) == nil, "too little is known")
        for second in 25..<600 {
            watch.observe(held: second * 10, capacity: 10_000, at: after(Int64(second)))
        }
        let left = try #require(watch.timeToFull(held: 6_000, capacity: 10_000))
        #expect(abs(left.components.seconds - 400) <= 1)
        #expect(watch.timeToFull(held: 10_000, capacity: 10_000) == .zero)
        #expect(watch.timeToFull(held: 6_000, capacity: 1 << 50) == nil, "beyond the horizon")
        // It empties.
        now = after(600)
        for second in 0..<600 {
            watch.observe(held: 6_000 - second * 10, capacity: 10_000, at: after(Int64(second)))
        }
        #expect(watch.timeToFull(held: 100, capacity: 10_000) == nil)
        #expect(SpoolWatch().timeToFull(held: 0, capacity: 0) == nil)
    }
}
