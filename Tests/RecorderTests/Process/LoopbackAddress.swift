import Sockets

/// Addresses on loopback where nothing listens.
enum LoopbackAddress {
    static var unusedPort: Int {
        LoopbackPort.free() ?? 1
    }
}
