package import Catalog
package import Domain

/// Which workers live and which stream goes to whom: a value, without clock or I/O.
///
/// A worker lives while the time of its last report changes; how long it has not is measured on
/// this machine's monotonic clock, so no difference between clocks matters.
package struct FleetView: Sendable {
    /// A worker that reported nothing for this long is down: it reports every 2 s.
    package static let silence = Duration.seconds(10)

    /// A stream that should be given to a worker.
    package struct Grant: Hashable, Sendable {
        package var worker: WorkerID
        package var tenant: TenantID
        package var camera: CameraID
        package var stream: StreamRole
        /// The lease that the stream had when this was decided.
        package var replacing: LeaseCondition
    }

    private struct Sign: Sendable {
        var seenAt: WallTime
        var changedAt: MonotonicTime
    }

    private var signs: [WorkerID: Sign] = [:]

    package init() {}

    /// Takes note of the workers' last reports. One seen for the first time counts as alive: at
    /// worst its streams move a little later.
    package mutating func observe(_ workers: [WorkerRecord], at now: MonotonicTime) {
        var next: [WorkerID: Sign] = [:]
        for worker in workers {
            if let known = signs[worker.id], known.seenAt == worker.seenAt {
                next[worker.id] = known
            } else {
                next[worker.id] = Sign(seenAt: worker.seenAt, changedAt: now)
            }
        }
        signs = next
    }

    /// Workers that live, in the order of their ids.
    package func live(at now: MonotonicTime) -> [WorkerID] {
        signs.filter { now - $0.value.changedAt < Self.silence }.keys.sorted()
    }

    /// What to give to whom. A stream stays where it is while its worker lives, and when no other
    /// does; else it goes to the worker with the fewest streams.
    package func grants(for streams: [StreamToRecord], at now: MonotonicTime) -> [Grant] {
        let live = live(at: now)
        guard !live.isEmpty else { return [] }
        var loads = Dictionary(uniqueKeysWithValues: live.map { ($0, 0) })
        var homeless: [StreamToRecord] = []
        for stream in streams {
            if let worker = stream.lease?.worker, let load = loads[worker] {
                loads[worker] = load + 1
            } else {
                homeless.append(stream)
            }
        }
        return homeless.compactMap { stream in
            guard
                let worker = live.min(by: { (loads[$0] ?? 0, $0) < (loads[$1] ?? 0, $1) })
            else { return nil }
            loads[worker, default: 0] += 1
            return Grant(
                worker: worker,
                tenant: stream.tenant,
                camera: stream.camera,
                stream: stream.stream,
                replacing: LeaseCondition(epoch: stream.lease?.epoch)
            )
        }
    }
}
