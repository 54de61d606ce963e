import Alerting
import Domain
import TestSupport
import Testing

/// The life of an alert, step by step.
struct AlertLifeTests {
    private static let tenant = TenantID()
    private static let camera = CameraID()
    private static let user = UserID()

    private static func at(_ seconds: Int64) -> WallTime {
        WallTime(seconds: 1_700_000_000 + seconds)
    }

    private static func new(_ seconds: Int64) -> Alert {
        Alert(
            tenant: tenant,
            camera: camera,
            kind: .cameraDown,
            reasons: ["offline"],
            openedAt: at(seconds)
        )
    }

    private static func opened(_ seconds: Int64) throws -> Alert {
        try #require(AlertLife.problemPresent(nil, new: new(seconds))).alert
    }

    @Test func `a problem opens one alert, and its end resolves it`() throws {
        let change = try #require(AlertLife.problemPresent(nil, new: Self.new(0)))
        #expect(change.event == .alertOpened)
        #expect(AlertLife.problemPresent(change.alert, new: Self.new(5)) == nil)
        let end = try #require(AlertLife.problemAbsent(change.alert, at: Self.at(60)))
        #expect(end.event == .alertResolved)
        #expect(end.alert.state == .resolved)
        #expect(end.alert.resolvedAt == Self.at(60))
        #expect(end.alert.resolvedBy == nil)
        #expect(AlertLife.problemAbsent(end.alert, at: Self.at(61)) == nil)
        #expect(AlertLife.problemAbsent(nil, at: Self.at(61)) == nil)
    }

    @Test func `a problem that returns within the window is the same alert, later a new one`()
        throws
    {
        let first = try Self.opened(0)
        let ended = try #require(AlertLife.problemAbsent(first, at: Self.at(60))).alert
        let again = try #require(AlertLife.problemPresent(ended, new: Self.new(359)))
        #expect(again.event == .alertOpened)
        #expect(again.alert.id == first.id)
        #expect(again.alert.occurrences == 2)
        #expect(again.alert.state == .open && again.alert.resolvedAt == nil)
        let later = try #require(AlertLife.problemPresent(ended, new: Self.new(360)))
        #expect(later.alert.id != first.id)
        #expect(later.alert.occurrences == 1)
    }

    @Test func `what somebody closed stays closed until the problem has ended once`() throws {
        let first = try Self.opened(0)
        let closed = try #require(
            AlertLife.resolve(first, by: Self.user, at: Self.at(10))
        )
        #expect(closed.event == .alertResolved)
        #expect(closed.alert.resolvedBy == Self.user)
        #expect(closed.alert.isProblemPresent)
        #expect(AlertLife.problemPresent(closed.alert, new: Self.new(20)) == nil)
        let ended = try #require(AlertLife.problemAbsent(closed.alert, at: Self.at(30)))
        #expect(ended.event == nil)
        #expect(ended.alert.resolvedAt == Self.at(10))
        #expect(AlertLife.problemPresent(ended.alert, new: Self.new(40))?.event == .alertOpened)
    }

    @Test func `acknowledging works once, on an open alert, and does not end it`() throws {
        let first = try Self.opened(0)
        let seen = try #require(
            AlertLife.acknowledge(first, by: Self.user, at: Self.at(5))
        )
        #expect(seen.event == .alertAcknowledged)
        #expect(seen.alert.acknowledgedBy == Self.user)
        #expect(AlertLife.acknowledge(seen.alert, by: UserID(), at: Self.at(6)) == nil)
        #expect(AlertLife.problemPresent(seen.alert, new: Self.new(7)) == nil)
        let end = try #require(AlertLife.problemAbsent(seen.alert, at: Self.at(8)))
        #expect(end.alert.acknowledgedBy == Self.user)
        #expect(AlertLife.acknowledge(end.alert, by: Self.user, at: Self.at(9)) == nil)
        #expect(AlertLife.resolve(end.alert, by: Self.user, at: Self.at(9)) == nil)
    }

    @Test(arguments: 0..<200)
    func `random lives never have two alerts, nor tell twice of the same`(_ seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var alert: Alert?
        var told: [EventKind] = []
        var openEvents = 0
        for step in 0..<200 {
            let time = Self.at(Int64(step) * Int64.random(in: 1...30, using: &random))
            let isUnresolved = alert.map { $0.state != .resolved } ?? false
            let change: AlertLife.Change? =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: AlertLife.problemPresent(alert, new: Self.new(Int64(step) * 15))
                case 1: AlertLife.problemAbsent(alert, at: time)
                case 2: alert.flatMap { AlertLife.acknowledge($0, by: Self.user, at: time) }
                default: alert.flatMap { AlertLife.resolve($0, by: Self.user, at: time) }
                }
            guard let change else { continue }
            // A new alert only where the last one is over.
            if change.alert.id != alert?.id { #expect(!isUnresolved, "seed \(seed)") }
            // What the table's own check asks for.
            #expect(change.alert.state == .resolved || change.alert.isProblemPresent)
            switch change.event {
            case .alertOpened:
                #expect(!isUnresolved, "seed \(seed)")
                openEvents += 1
            case .alertResolved:
                #expect(isUnresolved && told.last != .alertResolved, "seed \(seed)")
                openEvents -= 1
            default: break
            }
            #expect(0...1 ~= openEvents, "seed \(seed)")
            if let event = change.event { told.append(event) }
            alert = change.alert
        }
    }
}
