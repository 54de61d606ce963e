/// What a farm has done since its start.
package struct FarmCounters: Hashable, Sendable, Codable {
    /// By camera number.
    package var cameras: [CameraCounters]
    /// TCP connections taken.
    package var connections: Int = 0
    /// TCP connections open now.
    package var connectionsNow: Int = 0
    /// Pictures written more than a picture interval after they were due: with many of them the
    /// load is not what it says.
    package var picturesLate: Int = 0
    /// How late the latest picture was written, in milliseconds: the farm's own health.
    package var latenessMaxMilliseconds: Double = 0

    /// Sums over all cameras.
    package var picturesSent: Int { cameras.reduce(0) { $0 + $1.picturesSent } }
    /// Sums over all cameras; anything but 0 makes a measurement void.
    package var picturesDropped: Int { cameras.reduce(0) { $0 + $1.picturesDropped } }
}
