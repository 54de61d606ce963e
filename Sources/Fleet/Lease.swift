package import Domain

/// The right of one worker to record one stream, under an epoch that no other grant ever has.
package struct Lease: Hashable, Sendable {
    package var stream: FleetStream
    package var worker: WorkerID
    package var epoch: Int64

    package init(stream: FleetStream, worker: WorkerID, epoch: Int64) {
        self.stream = stream
        self.worker = worker
        self.epoch = epoch
    }
}
