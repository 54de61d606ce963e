internal import Catalog
internal import Telemetry

/// The gauges of the whole fleet.
struct FleetMetrics {
    let catalog: Catalog
    let registry: PrometheusRegistry

    func update() async throws {
        let counts = try await catalog.fleetCounts()
        set(MetricName.videoStreamsActive, counts.active)
        set(MetricName.videoStreamsExpected, counts.expected)
        set(MetricName.accessPointsActive, 0)
    }

    private func set(_ name: String, _ value: Int) {
        let meter = registry.makeMeter(label: name, dimensions: [])
        (meter as? PrometheusSeries)?.set(Int64(value))
    }
}
