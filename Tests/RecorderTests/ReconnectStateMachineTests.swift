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

    @Test func `what lasts is tried once a minute`() {
        var machine = ReconnectStateMachine()
        let wait = machine.failed(.lasting, at: time(0), chance: .max)
        #expect(wait >= .seconds(60) && wait <= .seconds(75))
    }
}
