internal import Catalog
internal import Telemetry

/// The gauges of alerts and their messages.
struct AlertMetrics {
    let catalog: Catalog
    let registry: PrometheusRegistry

    func update() async throws {
        let counts = try await catalog.relayCounts()
        set(MetricName.alertsOpen, Double(counts.openAlerts))
        set(MetricName.webhookPending, Double(counts.pending))
        set(MetricName.webhooksDisabled, Double(counts.disabled))
        set(MetricName.outboxOldest, counts.oldestSeconds)
    }

    private func set(_ name: String, _ value: Double) {
        let meter = registry.makeMeter(label: name, dimensions: [])
        (meter as? PrometheusSeries)?.set(value)
    }
}
