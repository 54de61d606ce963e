/// What one camera has done since the farm's start, over all its sessions.
package struct CameraCounters: Hashable, Sendable, Codable {
    /// Pictures given to the sockets of clients.
    package var picturesSent: Int = 0
    /// Pictures not sent because the client's socket had no room in time.
    package var picturesDropped: Int = 0
    /// Packets left out by the fault `loss`.
    package var packetsLost: Int = 0
    /// The number of the newest picture that was sent; nil before the first.
    package var lastPicture: Int?
    /// Bytes of packets and reports.
    package var bytesSent: Int = 0
    /// Connections that asked for this camera.
    package var connections: Int = 0
    /// Sessions (from SETUP on) now.
    package var sessionsNow: Int = 0
    /// Most sessions at a time.
    package var sessionsPeak: Int = 0
    /// Requests with wrong or no longer accepted credentials; the first, which has none, is no
    /// failure.
    package var authenticationFailures: Int = 0
}
