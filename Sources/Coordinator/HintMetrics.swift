internal import Identity
internal import Telemetry

/// The gauge and the counters of the exchange through Redis; all there from the start.
struct HintMetrics: Sendable {
    private let registry: PrometheusRegistry

    init(_ registry: PrometheusRegistry) {
        self.registry = registry
        isUp(false)
        sent(0)
        received(0)
        dropped(0)
        for reason in HintInbox.Refusal.allCases { refused(reason, by: 0) }
    }

    func isUp(_ isUp: Bool) {
        let meter = registry.makeMeter(label: MetricName.redisUp, dimensions: [])
        (meter as? PrometheusSeries)?.set(isUp ? 1.0 : 0.0)
    }

    func sent(_ count: Int) {
        add(MetricName.redisHintsSent, count)
    }

    func received(_ count: Int) {
        add(MetricName.redisHintsReceived, count)
    }

    func dropped(_ count: Int) {
        add(MetricName.redisHintsDropped, count)
    }

    func refused(_ reason: HintInbox.Refusal, by count: Int = 1) {
        add(MetricName.redisMessagesRefused, count, [("reason", reason.rawValue)])
    }

    private func add(_ name: String, _ count: Int, _ labels: [(String, String)] = []) {
        let counter = registry.makeCounter(label: name, dimensions: labels)
        (counter as? PrometheusSeries)?.increment(by: Int64(count))
    }
}
