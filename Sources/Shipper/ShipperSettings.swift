package import Domain

/// Limits of the shipper.
package struct ShipperSettings: Sendable, Hashable {
    /// Chunks in steps 1 and 2 at a time. Four keep a store of 50 ms latency busy with 17 puts/s
    /// of a thousand cameras and hold 4 MB of buffers.
    package var concurrency = 4
    /// Of those, slots that the newest chunks leave to the backlog while there is one.
    package var backlogShare = 1
    /// How long a registered chunk stays in the spool: readers that got its spool address before
    /// it was registered are done by then.
    package var grace: Duration = .seconds(600)
    /// How often the spool is looked through.
    package var interval: Duration = .seconds(1)
    /// Pauses after failures.
    package var backoff = FullJitterBackoff(
        base: .milliseconds(500),
        cap: .seconds(20)
    )

    /// How long a chunk waits that the coordinator rejected by itself: long enough to cost nothing
    /// where the chunk is at fault, short enough where the coordinator was and is mended.
    package var rejectionPause = Duration.seconds(600)

    package init() {}
}
