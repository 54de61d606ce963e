internal import CLinux
internal import Glibc

/// Lets one thread sleep until another says so (an eventfd).
///
/// Signals that come before the wait are kept; many count as one.
package final class Wakeup: Sendable {
    private let descriptor: Int32

    package init() throws(SocketsError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw .system("eventfd") }
    }

    deinit {
        close(descriptor)
    }

    /// For the epoll loop.
    var number: Int32 { descriptor }

    /// Wakes the waiting thread. Never blocks.
    package func signal() {
        // The counter is far from its limit, and a full one is a signal already.
        _ = eventfd_write(descriptor, 1)
    }

    /// Takes back what was signalled.
    func clear() {
        var value: eventfd_t = 0
        _ = unsafe eventfd_read(descriptor, &value)
    }

    /// Sleeps until a signal or until `limit` has passed.
    package func wait(atMost limit: Duration) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let (seconds, attoseconds) = limit.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        _ = unsafe poll(&entry, 1, Int32(clamping: max(0, milliseconds)))
        clear()
    }
}
