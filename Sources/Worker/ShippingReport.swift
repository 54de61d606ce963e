import CoreMetrics
import Domain
import Logging
import Shipper
import Telemetry

/// What the shipper does, as log lines and metrics.
enum ShippingReport {
    static func log(_ event: ShipperEvent, _ logger: Logger) {
        switch event {
        case .shipped(let identity, let bytes):
            Counter(label: MetricName.shipperChunks).increment()
            Counter(label: MetricName.shipperBytes).increment(by: bytes)
            logger.debug("chunk shipped", metadata: [LogKey.chunk: "\(name(identity))"])
        case .failed(let identity, let step, let reason):
            Counter(
                label: MetricName.shipperFailures,
                dimensions: [("step", "\(step)")]
            ).increment()
            logger.info(
                "chunk not shipped yet",
                metadata: [
                    LogKey.chunk: "\(name(identity))", LogKey.reason: "\(step): \(reason)",
                ]
            )
        case .refused(let identity, let step, let reason):
            Counter(
                label: MetricName.shipperFailures,
                dimensions: [("step", "\(step)")]
            ).increment()
            logger.error(
                "chunk refused; it stays in the spool for a person to look at",
                metadata: [
                    LogKey.chunk: "\(name(identity))", LogKey.reason: "\(step): \(reason)",
                ]
            )
        case .freed(let count):
            logger.debug("spool freed", metadata: [LogKey.count: "\(count)"])
        }
    }

    private static func name(_ identity: ChunkIdentity) -> String {
        "\(identity.camera)/\(identity.stream.rawValue)/\(identity.epoch)-\(identity.sequence)"
    }
}
