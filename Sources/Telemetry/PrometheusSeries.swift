import CoreMetrics
import Synchronization

/// One name with one set of labels: a number, or the buckets of a histogram.
package final class PrometheusSeries: CounterHandler, FloatingPointCounterHandler, MeterHandler,
    RecorderHandler, TimerHandler, Sendable
{
    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    private struct State {
        var value = 0.0
        var count = 0
        var buckets = [Int](repeating: 0, count: PrometheusRegistry.buckets.count)
    }

    package let kind: Kind
    private let state = Mutex(State())

    package init(kind: Kind) {
        self.kind = kind
    }

    package func increment(by amount: Int64) {
        state.withLock { $0.value += Double(amount) }
    }

    package func increment(by amount: Double) {
        state.withLock { $0.value += amount }
    }

    package func decrement(by amount: Double) {
        state.withLock { $0.value -= amount }
    }

    package func reset() {
        state.withLock { $0 = State() }
    }

    package func set(_ value: Int64) {
        state.withLock { $0.value = Double(value) }
    }

    package func set(_ value: Double) {
        state.withLock { $0.value = value }
    }

    package func record(_ value: Int64) {
        record(Double(value))
    }

    package func record(_ value: Double) {
        state.withLock { state in
            guard kind == .histogram else {
                state.value = value
                return
            }
            state.value += value
            state.count += 1
            for (index, bound) in PrometheusRegistry.buckets.enumerated() where value <= bound {
                state.buckets[index] += 1
            }
        }
    }

    package func recordNanoseconds(_ duration: Int64) {
        record(Double(duration) / 1_000_000_000)
    }

    /// The series' lines, each ended by a newline.
    package func lines(name: String, labels: String) -> String {
        let state = state.withLock { $0 }
        let plain = labels.isEmpty ? "" : "{\(labels)}"
        guard kind == .histogram else { return "\(name)\(plain) \(number(state.value))\n" }
        let more = labels.isEmpty ? "" : labels + ","
        var text = ""
        for (index, bound) in PrometheusRegistry.buckets.enumerated() {
            text += "\(name)_bucket{\(more)le=\"\(number(bound))\"} \(state.buckets[index])\n"
        }
        text += "\(name)_bucket{\(more)le=\"+Inf\"} \(state.count)\n"
        text += "\(name)_sum\(plain) \(number(state.value))\n"
        return text + "\(name)_count\(plain) \(state.count)\n"
    }

    private func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
