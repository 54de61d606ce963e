import Domain
import Processes
import Testing

@Suite struct RestartPolicyTests {
    private func at(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `the first restart is at once, the next wait grows to its limit`() {
        var policy = RestartPolicy()
        var waits: [Duration] = []
        for _ in 0..<20 {
            policy.started(at: at(0))
            waits.append(policy.ended(at: at(1)))
        }
        #expect(waits[0] == .milliseconds(50))
        #expect(waits[1] == .milliseconds(250))
        #expect(waits[2] == .milliseconds(500))
        #expect(waits.last == RestartPolicy.waitLimit)
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(policy.isLooping)
    }

    @Test func `a healthy run forgives the failures before it`() {
        var policy = RestartPolicy()
        for _ in 0..<10 {
            policy.started(at: at(0))
            _ = policy.ended(at: at(1))
        }
        policy.started(at: at(100))
        #expect(policy.ended(at: at(200)) == .milliseconds(50))
        #expect(!policy.isLooping)
    }

    @Test func `the length of a healthy run can be set`() {
        var policy = RestartPolicy(healthyRun: .seconds(10))
        for _ in 0..<10 {
            policy.started(at: at(0))
            _ = policy.ended(at: at(9))
        }
        policy.started(at: at(100))
        #expect(policy.ended(at: at(110)) == .milliseconds(50))
    }

    @Test func `a kill from outside is no crash, a trap is`() {
        #expect(ProcessExit.signalled(4).isCrash)
        #expect(ProcessExit.signalled(11).isCrash)
        #expect(!ProcessExit.signalled(9).isCrash)
        #expect(!ProcessExit.exited(1).isCrash)
    }
}
