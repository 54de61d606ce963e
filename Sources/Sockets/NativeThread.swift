internal import CLinux
internal import Glibc

/// A thread of our own for calls that block, outside Swift's cooperative pool.
package enum NativeThread {
    /// Bytes of stack: the calls made here are shallow, and stacks count against the memory limit.
    static let stackBytes = 512 << 10

    /// Starts a detached thread; `body` tells its own end to whoever waits for it.
    /// - Parameter name: At most 15 bytes, as `top` shows it.
    package static func start(
        _ name: String,
        _ body: @escaping @Sendable () -> Void
    ) throws(SocketsError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackBytes)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let start = ThreadStart(name: name, body: body)
        let context = unsafe Unmanaged.passRetained(start)
        var thread = pthread_t()
        // The thread owns the retained context from here on, unless it could not be made.
        let result = unsafe pthread_create(&thread, &attributes, runThread, context.toOpaque())
        guard result == 0 else {
            unsafe context.release()
            throw .system("pthread_create", result)
        }
    }
}

/// What a new thread needs to know.
private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// The thread's entry; takes over the reference that `start` retained.
private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let start = unsafe Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
    unsafe start.name.withCString { name in
        _ = sparc_prctl(PR_SET_NAME, UInt(bitPattern: name))
    }
    start.body()
    return nil
}
