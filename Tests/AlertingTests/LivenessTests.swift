import Alerting
import Domain
import Fleet
import TestSupport
import Testing

/// From reports and silence to problems: the judge and the tracker together, second by second.
struct LivenessTests {
    /// One camera with one stream, its worker, and what they do.
    private struct World {
        let stream = FleetStream(tenant: TenantID(), camera: CameraID(), stream: .main)
        let worker = WorkerID()
        var judge = LivenessJudge()
        var tracker = ProblemTracker()
        var now = MonotonicTime(nanoseconds: 0)
        var reports: Int64 = 0
        var lasting: Set<AlertKind> = []
        /// What an alert would have told, in order.
        var told: [String] = []
        var firstTold: MonotonicTime?

        /// - Parameter condition: What the worker reports; nil while it is silent.
        mutating func second(
            _ condition: CameraCondition?,
            last: CameraCondition? = CameraCondition(state: .live),
            leased: Bool = true,
            step: Duration = .seconds(1)
        ) {
            now = now + step
            // A report every 2 s.
            if condition != nil, now.nanoseconds / 1_000_000_000 % 2 == 0 { reports += 1 }
            let report = (condition ?? last).map {
                StreamSighting.Report(
                    worker: worker,
                    condition: $0,
                    reportedAt: WallTime(seconds: reports)
                )
            }
            let sighting = StreamSighting(
                stream: stream,
                worker: leased ? worker : nil,
                report: report,
                isLosing: condition?.isLosing ?? lasting.contains(.footageLost)
            )
            let camera = FleetCamera(tenant: stream.tenant, camera: stream.camera)
            let judged = judge.judge([sighting], at: now)[camera] ?? nil
            for (kind, verdict) in tracker.observe(judged, at: now).sorted(by: { $0.key < $1.key })
            {
                if verdict == .present, lasting.insert(kind).inserted {
                    told.append("+\(kind.rawValue)")
                    firstTold = firstTold ?? now
                } else if verdict == .absent, lasting.remove(kind) != nil {
                    told.append("-\(kind.rawValue)")
                }
            }
        }

        mutating func seconds(_ count: Int, _ state: CameraState, gap: GapReason? = nil) {
            for _ in 0..<count { second(CameraCondition(state: state, gap: gap)) }
        }

        mutating func silence(_ count: Int, last: CameraState = .live) {
            for _ in 0..<count { second(nil, last: CameraCondition(state: last)) }
        }

        /// The coordinator starts again; what is stored stays.
        mutating func restart(down seconds: Int) {
            judge = LivenessJudge()
            tracker = ProblemTracker()
            now = now + .seconds(seconds)
        }
    }

    @Test(arguments: [CameraState.offline, .stalled, .authFailed, .quarantined])
    func `a camera that is gone is told of once, and its return once`(_ state: CameraState) {
        var world = World()
        world.seconds(30, .live)
        #expect(world.told.isEmpty)
        world.seconds(60, state)
        #expect(world.told == ["+camera_down"])
        // The recorder needs up to 4.5 s and the delivery 2 s of the 15.
        #expect(world.firstTold.map { $0.nanoseconds <= 38_000_000_000 } == true)
        world.seconds(9, .live)
        #expect(world.told.count == 1)
        world.seconds(5, .live)
        #expect(world.told == ["+camera_down", "-camera_down"])
    }

    @Test func `a filling spool is told of before the loss, both once, and both end by themselves`()
    {
        var world = World()
        func condition(filling: Bool, losing: Bool = false) -> CameraCondition {
            CameraCondition(state: .live, isSpoolFilling: filling, isLosing: losing)
        }
        for _ in 0..<30 { world.second(condition(filling: false)) }
        for _ in 0..<60 { world.second(condition(filling: true)) }
        #expect(world.told == ["+spool_filling"])
        for _ in 0..<60 { world.second(condition(filling: true, losing: true)) }
        #expect(world.told == ["+spool_filling", "+footage_lost"])
        // Its worker restarts: nothing is concluded from silence.
        world.silence(20)
        #expect(world.lasting.isSuperset(of: [.spoolFilling, .footageLost]))
        for _ in 0..<30 { world.second(condition(filling: false, losing: true)) }
        #expect(world.told.contains("-spool_filling"))
        for _ in 0..<30 { world.second(condition(filling: false)) }
        #expect(world.told.contains("-footage_lost"))
        #expect(!world.lasting.contains(.spoolFilling) && !world.lasting.contains(.footageLost))
    }

    @Test func `a short reconnect is nothing`() {
        var world = World()
        world.seconds(30, .live)
        for _ in 0..<20 {
            world.seconds(3, .offline)
            world.seconds(1, .starting)
            world.seconds(30, .live)
        }
        #expect(world.told.isEmpty)
    }

    @Test func `a camera that flaps is one alert until it is calm`() {
        var world = World()
        world.seconds(30, .live)
        for _ in 0..<20 {
            world.seconds(6, .offline)
            world.seconds(2, .live)
        }
        #expect(world.told == ["+camera_down"])
        world.seconds(20, .live)
        #expect(world.told == ["+camera_down", "-camera_down"])
    }

    @Test func `degraded and gaps have alerts of their own, and do not end while it is down`() {
        var world = World()
        world.seconds(30, .live)
        world.seconds(10, .degraded)
        #expect(world.told == ["+camera_degraded"])
        world.seconds(20, .offline, gap: .cameraOffline)
        #expect(world.told == ["+camera_degraded", "+camera_down"])
        world.seconds(20, .live)
        #expect(world.told.suffix(2) == ["-camera_degraded", "-camera_down"])
        world.told = []
        world.seconds(10, .live, gap: .diskFull)
        world.seconds(20, .live)
        world.seconds(10, .starting, gap: .recorderCrash)
        world.seconds(20, .live)
        let gap = ["+recording_gap", "-recording_gap"]
        #expect(world.told == gap + gap)
    }

    @Test(arguments: [GapReason.workerDown, .cameraOffline, .connectFailed])
    func `the open gap of a camera that still connects is no alert of its own`(_ gap: GapReason) {
        var world = World()
        world.seconds(30, .live)
        world.restart(down: 5)
        world.seconds(25, .starting, gap: gap)
        world.seconds(20, .live)
        #expect(world.told.isEmpty)
    }

    @Test func `a silent worker is told of when its lease is over, not before`() {
        var world = World()
        world.seconds(30, .live)
        world.silence(9)
        #expect(world.told.isEmpty)
        world.silence(3)
        #expect(world.told == ["+camera_down"])
        world.seconds(20, .live)
        #expect(world.told == ["+camera_down", "-camera_down"])
    }

    @Test func `a restart of the worker within its lease is nothing`() {
        var world = World()
        world.seconds(30, .live)
        world.silence(7)
        world.seconds(4, .starting)
        world.seconds(30, .live)
        #expect(world.told.isEmpty)
    }

    @Test(arguments: [1, 5, 60, 3_600])
    func `a restart of the coordinator raises and resolves nothing by itself`(_ down: Int) {
        var world = World()
        world.seconds(30, .live)
        world.restart(down: down)
        // The last report is old until the worker speaks again, whatever it says.
        world.silence(4, last: .offline)
        world.seconds(30, .live)
        #expect(world.told.isEmpty)
        world.seconds(20, .offline)
        world.restart(down: down)
        world.silence(3, last: .live)
        world.seconds(30, .offline)
        #expect(world.told == ["+camera_down"])
    }

    @Test func `a database that was away for minutes raises nothing`() {
        var world = World()
        world.seconds(30, .live)
        world.second(nil, step: .seconds(120))
        world.silence(3)
        world.seconds(30, .live)
        #expect(world.told.isEmpty)
    }

    @Test func `a camera that nobody takes, and one that never starts, are told of`() {
        var nobody = World()
        for _ in 0..<20 { nobody.second(nil, last: nil, leased: false) }
        #expect(nobody.told.isEmpty)
        for _ in 0..<4 { nobody.second(nil, last: nil, leased: false) }
        #expect(nobody.told == ["+camera_down"])
        var never = World()
        never.seconds(30, .starting)
        #expect(never.told.isEmpty)
        never.seconds(10, .starting)
        #expect(never.told == ["+camera_down"])
    }

    @Test func `what another worker reported before the stream moved says nothing`() {
        var judge = LivenessJudge()
        let stream = FleetStream(tenant: TenantID(), camera: CameraID(), stream: .main)
        let (old, new) = (WorkerID(), WorkerID())
        let camera = FleetCamera(tenant: stream.tenant, camera: stream.camera)
        for second in 0..<9 {
            let sighting = StreamSighting(
                stream: stream,
                worker: new,
                report: StreamSighting.Report(
                    worker: old,
                    condition: CameraCondition(state: .offline),
                    reportedAt: WallTime(seconds: Int64(second))
                )
            )
            let now = MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)
            #expect((judge.judge([sighting], at: now)[camera] ?? nil) == nil)
        }
    }

    /// Random lives: a problem and its end alternate, nothing is told of a healthy camera, and a
    /// camera that is down for long is always told of, within its time.
    @Test(arguments: 0..<150)
    func `random lives`(_ seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var world = World()
        world.seconds(15, .live)
        for _ in 0..<60 {
            switch Int.random(in: 0..<7, using: &random) {
            case 0: world.seconds(Int.random(in: 1...40, using: &random), .live)
            case 1:
                world.seconds(20, .live)
                let state = [CameraState.offline, .stalled].randomElement(using: &random)
                let told = world.told.count
                world.seconds(9, state ?? .offline)
                #expect(world.told.count == told + 1, "seed \(seed)")
                #expect(world.told.last == "+camera_down", "seed \(seed)")
            case 2:
                world.seconds(20, .live)
                let before = world.told.count
                world.seconds(Int.random(in: 1...3, using: &random), .offline)
                world.seconds(20, .live)
                #expect(world.told.count == before, "seed \(seed)")
            case 3: world.silence(Int.random(in: 1...20, using: &random))
            case 4: world.restart(down: Int.random(in: 1...100, using: &random))
            case 5: world.seconds(Int.random(in: 1...10, using: &random), .starting)
            default: world.seconds(Int.random(in: 1...10, using: &random), .degraded)
            }
            for kind in AlertKind.allCases {
                let own = world.told.filter { $0.dropFirst() == kind.rawValue[...] }
                for (index, word) in own.enumerated() {
                    #expect(word.hasPrefix(index % 2 == 0 ? "+" : "-"), "seed \(seed)")
                }
            }
        }
        world.seconds(20, .live)
        #expect(world.lasting.isEmpty, "seed \(seed)")
    }
}
