import Testing

@testable import Worker

struct SignalTests {
    @Test func `what is set before, while and after a wait wakes it once`() async {
        let signal = Signal()
        let clock = ContinuousClock()
        // Far below the limit, far above a busy machine's pauses.
        let limit = Duration.seconds(60)
        let start = clock.now
        signal.set()
        signal.set()
        await signal.wait(atMost: limit)
        for _ in 0..<500 {
            async let waits: Void = signal.wait(atMost: limit)
            signal.set()
            await waits
        }
        #expect(clock.now - start < limit)
    }

    @Test func `without a signal the wait ends by itself, and one later is not lost`() async {
        let signal = Signal()
        let clock = ContinuousClock()
        let start = clock.now
        await signal.wait(atMost: .milliseconds(50))
        #expect(clock.now - start >= .milliseconds(50))
        signal.set()
        let second = clock.now
        await signal.wait(atMost: .seconds(60))
        #expect(clock.now - second < .seconds(60))
    }

    @Test func `a task that is cancelled waits no longer`() async {
        let signal = Signal()
        let clock = ContinuousClock()
        let start = clock.now
        for pause in [0, 1, 20] {
            let task = Task { await signal.wait(atMost: .seconds(60)) }
            try? await Task.sleep(for: .milliseconds(pause))
            task.cancel()
            await task.value
        }
        #expect(clock.now - start < .seconds(60))
    }
}
