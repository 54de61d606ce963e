package import Domain

/// Decides which worker records which stream: a state machine without I/O or clock.
///
/// Every wanted stream is on at most one worker, and on exactly one as soon as a worker is live.
/// A stream stays where it is (sticky) until its worker has been silent for `timeToLive` and
/// another one can take it: with nobody to take over, a late heartbeat costs nothing. Each grant
/// has an epoch above all before it, so that chunks of two grants never share a name.
///
/// The caller makes grants durable before it tells a worker of them, and starts a new machine from
/// what it made durable.
package struct LeaseStateMachine: Hashable, Sendable {
    /// Silence after which a worker counts as dead: five of its heartbeats.
    package static let timeToLive: Duration = .seconds(10)

    private var leases: [FleetStream: Lease] = [:]
    private var wanted: Set<FleetStream> = []
    private var seen: [WorkerID: MonotonicTime] = [:]
    private var highestEpoch: Int64

    /// - Parameters:
    ///   - leases: The durable grants; of two for one stream the newer counts.
    ///   - highestEpoch: The highest epoch ever granted.
    ///   - now: Workers with a lease count as live from now: a restarted coordinator moves nothing
    ///     before they had time to speak.
    package init(leases: [Lease] = [], highestEpoch: Int64 = 0, at now: MonotonicTime) {
        self.highestEpoch = highestEpoch
        for lease in leases {
            if let known = self.leases[lease.stream], known.epoch >= lease.epoch { continue }
            self.leases[lease.stream] = lease
            seen[lease.worker] = now
        }
        self.highestEpoch = leases.reduce(highestEpoch) { max($0, $1.epoch) }
    }

    /// A worker registered, with the highest epoch in its spool: later grants are above it, also
    /// after the durable state was restored from a backup.
    package mutating func register(_ worker: WorkerID, highestEpoch: Int64, at now: MonotonicTime) {
        self.highestEpoch = max(self.highestEpoch, highestEpoch)
        seen[worker] = max(seen[worker] ?? now, now)
    }

    /// A worker gave a sign of life. False if it never registered: it has to.
    package mutating func heartbeat(_ worker: WorkerID, at now: MonotonicTime) -> Bool {
        guard let last = seen[worker] else { return false }
        seen[worker] = max(last, now)
        return true
    }

    /// The streams that should be recorded from now on; leases of all others end.
    package mutating func want(_ streams: some Sequence<FleetStream>) {
        wanted = Set(streams)
        leases = leases.filter { wanted.contains($0.key) }
    }

    /// Gives every stream without a live worker to the live worker with the fewest.
    /// - Returns: The new grants, to be made durable.
    package mutating func assign(at now: MonotonicTime) -> [Lease] {
        var load: [WorkerID: Int] = [:]
        for worker in seen.keys where isLive(worker, at: now) { load[worker] = 0 }
        for lease in leases.values where load[lease.worker] != nil {
            load[lease.worker, default: 0] += 1
        }
        var grants: [Lease] = []
        for stream in wanted.sorted() {
            if let lease = leases[stream], load[lease.worker] != nil { continue }
            guard let worker = load.min(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key else {
                break
            }
            highestEpoch += 1
            let lease = Lease(stream: stream, worker: worker, epoch: highestEpoch)
            leases[stream] = lease
            load[worker, default: 0] += 1
            grants.append(lease)
        }
        forgetIdle(at: now)
        return grants
    }

    /// What a worker has to record, in a fixed order.
    package func leases(of worker: WorkerID) -> [Lease] {
        leases.values.filter { $0.worker == worker }.sorted { $0.stream < $1.stream }
    }

    /// Who records a stream.
    package func lease(of stream: FleetStream) -> Lease? {
        leases[stream]
    }

    /// Whether a worker was heard of within `timeToLive`.
    package func isLive(_ worker: WorkerID, at now: MonotonicTime) -> Bool {
        seen[worker].map { now - $0 < Self.timeToLive } ?? false
    }

    /// Dead workers without a lease are forgotten, so that the table does not grow for ever.
    private mutating func forgetIdle(at now: MonotonicTime) {
        let busy = Set(leases.values.map(\.worker))
        seen = seen.filter { busy.contains($0.key) || now - $0.value < Self.timeToLive }
    }
}
