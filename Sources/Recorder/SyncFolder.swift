internal import Sockets
internal import Spool

/// The spool folder as the sync thread holds it; used by that thread only.
final class SyncFolder: Sendable {
    let folder: SpoolSync
    let pause: Wakeup

    init(_ folder: consuming SpoolSync) throws(SocketsError) {
        self.folder = folder
        pause = try Wakeup()
    }
}
