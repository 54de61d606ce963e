internal import CLinux
internal import Glibc

/// An epoll descriptor and the room for its events. Used by one thread.
@safe
final class Epoll {
    /// Events taken by one call.
    static let room = 128

    private let descriptor: OpenDescriptor
    private var events: [epoll_event]

    init() throws(SocketsError) {
        descriptor = try OpenDescriptor(epoll_create1(Int32(EPOLL_CLOEXEC)), "epoll_create1")
        unsafe events = unsafe [epoll_event](repeating: epoll_event(), count: Self.room)
    }

    /// Sleeps until something is ready; returns how many events `event(_:)` holds.
    func wait(milliseconds: Int32) -> Int {
        let count = unsafe events.withUnsafeMutableBufferPointer { buffer in
            unsafe epoll_wait(
                descriptor.number,
                buffer.baseAddress,
                Int32(Self.room),
                milliseconds
            )
        }
        // -1 for EINTR: nothing is ready.
        return Int(max(0, count))
    }

    func event(_ index: Int) -> (token: UInt64, flags: UInt32) {
        let event = unsafe events[index]
        return unsafe (event.data.u64, event.events)
    }

    /// Watches a descriptor.
    func add(_ watched: Int32, _ flags: UInt32, token: UInt64) throws(SocketsError) {
        guard control(EPOLL_CTL_ADD, watched, flags, token) == 0 else {
            throw .system("epoll_ctl")
        }
    }

    func change(_ watched: Int32, _ flags: UInt32, token: UInt64) {
        _ = control(EPOLL_CTL_MOD, watched, flags, token)
    }

    func remove(_ watched: Int32) {
        _ = control(EPOLL_CTL_DEL, watched, 0, 0)
    }

    private func control(
        _ operation: Int32,
        _ watched: Int32,
        _ flags: UInt32,
        _ token: UInt64
    ) -> Int32 {
        var event = unsafe epoll_event()
        unsafe event.events = flags
        unsafe event.data.u64 = token
        return unsafe epoll_ctl(descriptor.number, operation, watched, &event)
    }
}
