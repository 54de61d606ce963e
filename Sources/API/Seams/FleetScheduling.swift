/// Gives streams to workers; the coordinator implements it.
package protocol FleetScheduling: Sendable {
    /// Looks at once whether a stream has no worker. Failures are logged and tried again later.
    func reconsider() async
}
