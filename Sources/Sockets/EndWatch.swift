internal import CLinux
internal import Glibc

/// Ends the process some time after the other end of a pipe was closed, whatever its other threads
/// are doing: a loop that is busy, or hangs in what a camera sent, does not look at the pipe in time.
package enum EndWatch {
    /// Starts the thread. Until the process ends by itself within `grace` nothing happens.
    ///
    /// - Parameters:
    ///   - descriptor: The reading end of a pipe; never closed. It is not read from.
    ///   - grace: From the end of the pipe to the end of the process, with status 0.
    /// - Throws: `system` when there can be no thread.
    package static func start(_ descriptor: Int32, grace: Duration) throws(SocketsError) {
        try NativeThread.start("end") {
            // No events are asked for: only the end of the pipe is reported, not what is in it.
            var entry = pollfd(fd: descriptor, events: 0, revents: 0)
            while entry.revents & Int16(POLLHUP | POLLERR | POLLNVAL) == 0 {
                guard unsafe poll(&entry, 1, -1) >= 0 || errno == EINTR else { return }
            }
            let (seconds, attoseconds) = grace.components
            var left = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
            var wanted = left
            while unsafe nanosleep(&wanted, &left) != 0, errno == EINTR { wanted = left }
            _exit(0)
        }
    }
}
