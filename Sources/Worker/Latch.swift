import Synchronization

/// A value that is set once.
final class Latch<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let sink: AsyncStream<Value>.Continuation

    init() {
        (stream, sink) = AsyncStream.makeStream(
            of: Value.self,
            bufferingPolicy: .bufferingOldest(1)
        )
    }

    func set(_ value: Value) {
        sink.yield(value)
        sink.finish()
    }

    /// Waits for it; nil if the task is cancelled. For one waiter.
    func value() async -> Value? {
        for await value in stream { return value }
        return nil
    }
}
