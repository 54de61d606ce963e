import Domain
import Recorder
import Testing

@Suite struct ReconnectStateMachineTests {
    private func time(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds * 1e9))
    }

    @Test func `the ceiling doubles from half a second to thirty`() {
        var machine = ReconnectStateMachine()
        let waits = (0..<10).map { machine.failed(.passing, at: time(Double($0)), chance: .max) }
        #expect(
            waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30].map { Duration.seconds($0) }
        )
    }

    @Test func `no chance makes a loop of connects`() {
        var machine = ReconnectStateMachine()
        for attempt in 0..<100 {
            let wait = machine.failed(.passing, at: time(Double(attempt)), chance: 0)
            #expect(wait == ReconnectStateMachine.shortest)
        }
    }

    @Test func `a good session makes the next failure the first`() {
        var machine = ReconnectStateMachine()
        for _ in 0..<8 { _ = machine.failed(.passing, at: time(0), chance: .max) }
        machine.connected(at: time(100))
        #expect(machine.failed(.passing, at: time(110), chance: .max) == .milliseconds(500))
    }

    @Test func `a session that breaks at once does not`() {
        var machine = ReconnectStateMachine()
        var waits: [Duration] = []
        for attempt in 0..<4 {
            machine.connected(at: time(Double(attempt)))
            waits.append(
                machine.failed(.passing, at: time(Double(attempt) + 1), chance: .max)
            )
        }
        #expect(waits == [0.5, 1, 2, 4].map { Duration.seconds($0) })
    }

    @Test func `wrong credentials are tried at most three times in ten minutes`() {
        var machine = ReconnectStateMachine()
        var now = 0.0
        var attempts: [Double] = []
        for _ in 0..<30 {
            attempts.append(now)
            let wait = machine.failed(.authentication, at: time(now), chance: 0)
            now += Double(wait.components.seconds) + Double(wait.components.attoseconds) / 1e18
        }
        for start in attempts {
            #expect(attempts.count { $0 >= start && $0 < start + 600 } <= 3)
        }
        #expect(attempts[1] >= 60)
    }

    @Test func `redirects are waited for like failures, three in a row at most`() {
        var machine = ReconnectStateMachine()
        var waits: [Duration?] = []
        for attempt in 0..<8 {
            waits.append(machine.redirected(at: time(Double(attempt)), chance: .max))
            if waits.last == .some(nil) {
                waits.append(machine.failed(.passing, at: time(Double(attempt)), chance: .max))
            }
        }
        let expected: [Double?] = [0.5, 1, 2, nil, 4, 8, 16, 30, nil, 30]
        #expect(waits == expected.map { $0.map { Duration.seconds($0) } })
    }

    @Test func `cameras that play and then send us on are asked ever more seldom`() {
        var machine = ReconnectStateMachine()
        var now = 0.0
        var connects = 0
        while now < 600 {
            connects += 1
            machine.connected(at: time(now))
            let wait =
                machine.redirected(at: time(now + 0.1), chance: .max)
                ?? machine.failed(.passing, at: time(now + 0.1), chance: .max)
            now +=
                0.1 + Double(wait.components.seconds)
                + Double(wait.components.attoseconds) / 1e18
        }
        #expect(connects < 30)
    }

    @Test func `a good session makes the next redirect the first`() {
        var machine = ReconnectStateMachine()
        for _ in 0..<3 { _ = machine.redirected(at: time(0), chance: .max) }
        machine.connected(at: time(100))
        #expect(machine.redirected(at: time(110), chance: .max) == .milliseconds(500))
    }

    @Test func `what lasts is tried once a minute`() {
        var machine = ReconnectStateMachine()
        let wait = machine.failed(.lasting, at: time(0), chance: .max)
        #expect(wait >= .seconds(60) && wait <= .seconds(75))
    }
}
