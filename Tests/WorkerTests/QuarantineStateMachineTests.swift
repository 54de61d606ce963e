import Domain
import Testing

@testable import Worker

@Suite struct QuarantineStateMachineTests {
    private let key = StreamKey(camera: CameraID(), stream: .main)
    private let url = "rtsp://10.0.0.1/main"

    private func at(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    private func crash(_ machine: inout QuarantineStateMachine, at seconds: Int64) {
        machine.ended([key])
        machine.crashed(key, url: url, at: at(seconds), wall: WallTime(seconds: seconds))
    }

    @Test func `a stream keeps crashing until its own recorder has run well for a while`() {
        var machine = QuarantineStateMachine()
        #expect(machine.notice(key) == nil)
        crash(&machine, at: 100)
        #expect(machine.notice(key)?.isCrashing == true)
        // Time alone is nothing: its recorder may wait for its start.
        #expect(machine.tick(at: at(150)) == [])
        machine.started([key], at: at(150))
        #expect(machine.tick(at: at(159)) == [])
        crash(&machine, at: 159)
        machine.started([key], at: at(160))
        #expect(machine.tick(at: at(169)) == [])
        #expect(machine.tick(at: at(170)) == [.settled(key)])
        #expect(machine.tick(at: at(171)) == [])
        let notice = machine.notice(key)
        #expect(notice?.crashes == 2 && notice?.isCrashing == false)
        #expect(notice?.lastCrashAt == WallTime(seconds: 159))
    }

    @Test func `an end that is no crash begins the run anew`() {
        var machine = QuarantineStateMachine()
        crash(&machine, at: 100)
        machine.started([key], at: at(101))
        machine.ended([key])
        #expect(machine.tick(at: at(120)) == [])
        machine.started([key], at: at(120))
        #expect(machine.tick(at: at(130)) == [.settled(key)])
    }

    @Test func `an hour without a crash ends the stay, and a crash begins the hour anew`() {
        var machine = QuarantineStateMachine()
        crash(&machine, at: 0)
        machine.started([key], at: at(1))
        #expect(machine.tick(at: at(11)) == [.settled(key)])
        crash(&machine, at: 3_000)
        machine.started([key], at: at(3_001))
        #expect(machine.tick(at: at(3_700)) == [.settled(key)])
        #expect(machine.tick(at: at(6_599)) == [])
        #expect(machine.tick(at: at(6_600)) == [.released(key)])
        #expect(machine.notice(key) == nil)
        #expect(machine.tick(at: at(9_000)) == [])
    }

    @Test func `one that still crashes is not released however long it waits`() {
        var machine = QuarantineStateMachine()
        crash(&machine, at: 0)
        #expect(machine.tick(at: at(10_000)) == [])
        #expect(machine.notice(key)?.isCrashing == true)
    }

    @Test func `another URL ends the stay, the same one or another stream's does not`() {
        var machine = QuarantineStateMachine()
        crash(&machine, at: 0)
        #expect(machine.assigned(key, url: url) == false)
        let other = StreamKey(camera: CameraID(), stream: .main)
        #expect(machine.assigned(other, url: "rtsp://10.0.0.2/main") == false)
        #expect(machine.assigned(key, url: "rtsp://10.0.0.2/main") == true)
        #expect(machine.notice(key) == nil)
        #expect(machine.assigned(key, url: url) == false)
    }

    @Test func `a stopped stream is forgotten`() {
        var machine = QuarantineStateMachine()
        crash(&machine, at: 0)
        machine.stopped(key)
        #expect(machine.notice(key) == nil)
    }

    @Test(arguments: [
        (CameraState.starting, CameraState.quarantined, CameraState.starting),
        (.live, .quarantined, .degraded),
        (.degraded, .quarantined, .degraded),
        (.offline, .offline, .offline),
        (.authFailed, .authFailed, .authFailed),
        (.stalled, .stalled, .stalled),
    ])
    func `what is shown says that it crashes, or why it cannot be reached`(
        state: CameraState,
        whileCrashing: CameraState,
        later: CameraState
    ) {
        let status = StreamStatus(
            camera: key.camera,
            stream: .main,
            state: state,
            since: WallTime(seconds: 5),
            reasons: ["a reason"],
            gap: nil
        )
        for (isCrashing, expected) in [(true, whileCrashing), (false, later)] {
            let shown = QuarantineNotice(
                crashes: 3,
                lastCrashAt: WallTime(seconds: 1),
                isCrashing: isCrashing
            ).applied(to: status)
            #expect(shown.state == expected)
            #expect(shown.since == status.since && shown.gap == nil)
            #expect(shown.reasons.count == 2 && shown.reasons[1] == "a reason")
            #expect(shown.reasons[0].contains("3 times"))
            #expect(shown.reasons[0].hasSuffix("it runs in a recorder of its own"))
        }
    }
}
