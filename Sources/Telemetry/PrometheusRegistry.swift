package import CoreMetrics
import Synchronization

/// A swift-metrics backend that keeps all values in memory and prints them in Prometheus' text
/// format (exposition format 0.0.4).
///
/// Labels come from closed sets only, so the number of series is bounded by `seriesLimit`; beyond
/// it new series share one that is labelled `overflow="true"`.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    /// Far above what the closed label sets of this project can make; a leak of ids ends here.
    package static let seriesLimit = 4_096
    /// Upper bounds of a timer's buckets, seconds.
    package static let buckets: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private let series = Mutex<[SeriesKey: PrometheusSeries]>([:])

    package init() {}

    package func makeCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any CounterHandler {
        find(label, dimensions, .counter)
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        find(label, dimensions, .counter)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(label, dimensions, .gauge)
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        find(label, dimensions, aggregate ? .histogram : .gauge)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        find(label, dimensions, .histogram)
    }

    // Handlers live as long as the registry: series are few, and a counter must not start again.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// All series, sorted by name and labels.
    package func text() -> String {
        let all = series.withLock { Array($0) }.sorted { $0.key < $1.key }
        var output = ""
        var lastName = ""
        for (key, value) in all {
            if key.name != lastName {
                output += "# TYPE \(key.name) \(value.kind.rawValue)\n"
                lastName = key.name
            }
            output += value.lines(name: key.name, labels: key.labels)
        }
        return output
    }

    private func find(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: PrometheusSeries.Kind
    ) -> PrometheusSeries {
        let key = SeriesKey(name: label, labels: Self.render(dimensions))
        return series.withLock { all in
            if let known = all[key] { return known }
            if all.count >= Self.seriesLimit {
                let overflow = SeriesKey(name: label, labels: "overflow=\"true\"")
                let shared = all[overflow] ?? PrometheusSeries(kind: kind)
                all[overflow] = shared
                return shared
            }
            let new = PrometheusSeries(kind: kind)
            all[key] = new
            return new
        }
    }

    private static func render(_ dimensions: [(String, String)]) -> String {
        dimensions.map { name, value in
            let escaped = value.map { character in
                switch character {
                case "\\": "\\\\"
                case "\"": "\\\""
                case "\n": "\\n"
                default: String(character)
                }
            }.joined()
            return "\(name)=\"\(escaped)\""
        }.joined(separator: ",")
    }

    private struct SeriesKey: Hashable, Comparable {
        var name: String
        var labels: String

        static func < (left: Self, right: Self) -> Bool {
            (left.name, left.labels) < (right.name, right.labels)
        }
    }
}
