import CoreMetrics
import Domain
import Foundation
import Keys
import LiveEdge
import Logging
import ObjectStore
import Processes
import Shipper
import Spool
import Synchronization
import Telemetry

/// The loops of a worker, started together and ended together.
struct WorkerSession: Sendable {
    /// How often the coordinator's list is asked for: a new camera records within 3 s.
    private static let assignmentInterval = Duration.seconds(1)
    /// How often liveness is reported without a change.
    private static let livenessInterval = Duration.seconds(2)

    let configuration: WorkerConfiguration
    let worker: WorkerID
    let link: CoordinatorLink
    let index: SpoolIndex
    let edge: LiveEdge
    let logger: Logger
    private let board: StreamBoard
    private let supervisor: RecorderSupervisor
    private let changed: Signal

    init(
        configuration: WorkerConfiguration,
        worker: WorkerID,
        link: CoordinatorLink,
        index: SpoolIndex,
        edge: LiveEdge,
        logger: Logger
    ) {
        self.configuration = configuration
        self.worker = worker
        self.link = link
        self.index = index
        self.edge = edge
        self.logger = logger
        let board = StreamBoard(index: index)
        let changed = Signal()
        let intake = RecorderIntake(
            board: board,
            index: index,
            streams: edge.streams,
            logger: logger,
            changed: changed
        )
        self.board = board
        self.changed = changed
        supervisor = RecorderSupervisor(
            configuration: configuration,
            board: board,
            index: index,
            logger: logger,
            events: { intake.take($0) },
            recovered: { intake.recovered($0) },
            parted: { intake.parted($0) }
        )
    }

    func run() async {
        let port = Latch<Int>()
        let shipper = shipper()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await serveEdge(port) }
            group.addTask { await supervisor.run() }
            group.addTask { await shipper.run() }
            group.addTask {
                guard let port = await port.value() else { return }
                await register(port: port)
                await withTaskGroup(of: Void.self) { inner in
                    inner.addTask { await followAssignments(port: port) }
                    inner.addTask { await reportLiveness(shipper) }
                }
            }
        }
    }

    private func serveEdge(_ port: Latch<Int>) async {
        do {
            try await edge.run(host: configuration.edgeBind, port: configuration.edgePort) {
                port.set($0)
            }
        } catch is CancellationError {
        } catch {
            logger.critical(
                "the live edge ended; live video stops until this process is started again",
                metadata: [LogKey.reason: "\(error)"]
            )
        }
    }

    private func shipper() -> Shipper {
        let logger = logger
        return Shipper(
            index: index,
            store: configuration.store.open(
                now: { SystemClock.wall() },
                random: { Double.random(in: 0..<1) }
            ),
            registrar: link,
            retentionDays: { [board] in board.retentionDays($0) ?? 30 },
            now: { SystemClock.monotonic() },
            random: { Double.random(in: 0..<1) },
            quota: configuration.spoolQuota,
            report: { [board] event in
                if case .spool(let status) = event { board.note(status) }
                ShippingReport.log(event, logger)
            }
        )
    }

    /// Registers until it works: without a coordinator there is nothing to record yet.
    private func register(port: Int) async {
        let url = configuration.edgeURL ?? "http://\(configuration.edgeBind):\(port)"
        var failures = 0
        while !Task.isCancelled {
            do {
                let welcome = try await link.register(
                    WorkerRegistration(
                        worker: worker,
                        name: ProcessInfo.processInfo.hostName,
                        edge: url,
                        highestEpoch: index.highestEpoch
                    )
                )
                guard let key = HexBytes.parse(welcome.mediaKey) else {
                    throw CoordinatorLink.Failure(
                        status: nil,
                        description: "the coordinator's media key is no key"
                    )
                }
                edge.use(try MediaSigner(key: key, keyID: welcome.mediaKeyID))
                logger.info("registered", metadata: [LogKey.worker: "\(worker)"])
                return
            } catch {
                failures += 1
                if failures == 1 || failures.isMultiple(of: 20) {
                    logger.warning(
                        "not registered yet; trying on",
                        metadata: [
                            LogKey.reason: "\(error)", LogKey.count: "\(failures)",
                        ]
                    )
                }
                try? await Task.sleep(for: .milliseconds(min(200 * failures, 2_000)))
            }
        }
    }

    /// Keeps the recorders at what the coordinator wants. Without an answer the last list holds.
    private func followAssignments(port: Int) async {
        var tag: String?
        while !Task.isCancelled {
            do {
                if let answer = try await link.assignments(unless: tag) {
                    tag = answer.tag
                    let streams = answer.list.streams
                    let (started, stopped) = board.apply(streams, at: SystemClock.wall())
                    for key in stopped { edge.streams.remove(key.camera, key.stream) }
                    await supervisor.apply(started: started, stopped: stopped)
                } else {
                    board.forgetDeparted()
                }
            } catch let error as CoordinatorLink.Failure where error.status == 404 {
                // The coordinator's database does not know this worker (any more).
                await register(port: port)
            } catch {
                logger.debug(
                    "no assignments; the last ones hold",
                    metadata: [LogKey.reason: "\(error)"]
                )
            }
            try? await Task.sleep(for: Self.assignmentInterval)
        }
    }

    private func reportLiveness(_ shipper: Shipper) async {
        var isAway = false
        while !Task.isCancelled {
            let now = SystemClock.wall()
            for key in board.keys {
                edge.streams.setOpenGap(board.openGap(key, at: now), key.camera, key.stream)
            }
            let oldest = index.oldestUnshipped.map { now - $0 } ?? .zero
            Gauge(label: MetricName.spoolOldestSeconds).record(max(0, oldest.seconds))
            do {
                try await link.report(WorkerLiveness(streams: board.liveness(at: now)))
                if isAway { shipper.coordinatorAnswers() }
                isAway = false
            } catch {
                isAway = true
                logger.debug("liveness not reported", metadata: [LogKey.reason: "\(error)"])
            }
            await changed.wait(atMost: Self.livenessInterval)
        }
    }
}
