import Domain
import Foundation
import Testing

@testable import Worker

struct RecorderPulseTests {
    private func looks(
        _ pulse: RecorderPulse,
        from start: Duration,
        until end: Duration,
        every step: Duration = .milliseconds(50)
    ) -> Duration? {
        var now = start
        while now <= end {
            if pulse.isStopped(at: MonotonicTime(nanoseconds: 0) + now) { return now }
            now += step
        }
        return nil
    }

    @Test func `five seconds of silence after its first word are a recorder that hangs`() {
        let pulse = RecorderPulse()
        #expect(looks(pulse, from: .zero, until: .seconds(29)) == nil)
        pulse.beat()
        #expect(looks(pulse, from: .seconds(29), until: .seconds(33)) == nil)
        pulse.beat()
        #expect(looks(pulse, from: .seconds(33), until: .seconds(50)) == .seconds(38))
    }

    @Test func `time in which nobody looked is not counted`() {
        let pulse = RecorderPulse()
        pulse.beat()
        #expect(looks(pulse, from: .zero, until: .seconds(4)) == nil)
        // An hour of standing still.
        #expect(looks(pulse, from: .seconds(3_600), until: .milliseconds(3_600_500)) == nil)
        #expect(looks(pulse, from: .seconds(3_601), until: .seconds(3_605)) != nil)
    }

    @Test func `a recorder that hangs is killed and started again`() async throws {
        let fixture = try WorkerFixture()
        let key = StreamKey(camera: CameraID(), stream: .main)
        // Says once that it lives, and how often it was started, and then neither reads nor ends.
        let supervisor = try fixture.supervisor(
            script: #"echo '{"alive":{}}'; echo x >>"$(dirname "$0")/starts"; exec sleep 60"#
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await supervisor.run() }
            let (started, _) = fixture.board.apply(
                [fixture.assignment(key)],
                at: fixture.start
            )
            await supervisor.apply(started: started, stopped: [])
            let starts = fixture.root + "/starts"
            let isRestarted = try? await fixture.eventually(within: .seconds(40)) {
                (FileManager.default.contents(atPath: starts)?.count ?? 0) >= 4
            }
            #expect(isRestarted == true)
            group.cancelAll()
        }
    }
}
