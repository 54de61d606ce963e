import CoreMetrics
import Domain
import Logging
import Shipper
import Spool
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
        case .dropped, .droppingFailed, .dropAnswered, .spaceUnknown:
            logLoss(event, logger)
        case .spool(let status):
            show(status)
        }
    }

    private static func logLoss(_ event: ShipperEvent, _ logger: Logger) {
        switch event {
        case .dropped(let drop):
            Counter(label: MetricName.spoolDroppedChunks).increment()
            Counter(label: MetricName.spoolDroppedBytes).increment(by: drop.length)
            Counter(
                label: MetricName.recorderGaps,
                dimensions: [("reason", GapReason.diskFull.rawValue)]
            ).increment()
            logger.critical(
                """
                footage is lost: the spool is full and nothing takes what it holds; bring back the \
                store and the coordinator or give the spool more room
                """,
                metadata: [
                    LogKey.chunk: "\(name(drop.identity))",
                    LogKey.reason: "\(drop.start) to \(drop.end)",
                ]
            )
        case .droppingFailed(let identity, let step, let reason):
            logger.error(
                "a chunk that has to go is still there, or not told of yet; it is tried again",
                metadata: [
                    LogKey.chunk: "\(name(identity))", LogKey.reason: "\(step.name): \(reason)",
                ]
            )
        case .dropAnswered(let identity, .refused):
            logger.error(
                """
                the coordinator refuses a chunk that was given up: its camera is gone or its epoch \
                was never granted
                """,
                metadata: [LogKey.chunk: "\(name(identity))"]
            )
        case .dropAnswered(let identity, let verdict):
            logger.info(
                "the coordinator knows of a chunk that was given up",
                metadata: [
                    LogKey.chunk: "\(name(identity))", LogKey.reason: "\(verdict.rawValue)",
                ]
            )
        case .spaceUnknown(let reason):
            logger.error(
                "the spool's disk does not say how much room it has; nothing is given up",
                metadata: [LogKey.reason: "\(reason)"]
            )
        case .shipped, .failed, .refused, .freed, .spool:
            break
        }
    }

    private static func show(_ status: SpoolStatus) {
        Gauge(label: MetricName.spoolUsedBytes).record(status.usedBytes)
        Gauge(label: MetricName.spoolBacklogBytes).record(status.heldBytes)
        Gauge(label: MetricName.spoolCapacityBytes).record(status.capacityBytes)
        Gauge(label: MetricName.spoolFilling).record(status.isFilling ? 1 : 0)
        Gauge(label: MetricName.spoolFullSeconds).record(
            status.timeToFull.map { Double($0.components.seconds) } ?? .infinity
        )
    }

    private static func name(_ identity: ChunkIdentity) -> String {
        "\(identity.camera)/\(identity.stream.rawValue)/\(identity.epoch)-\(identity.sequence)"
    }
}
