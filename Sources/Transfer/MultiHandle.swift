import CCurl
import Synchronization

/// The one owner of a curl multi handle and its idle easy handles.
///
/// `@unchecked Sendable`: all calls but `wake` come from the transfer thread; `curl_multi_wakeup` is
/// safe from any thread (curl_multi_wakeup(3)). The handle is freed with the object, after the
/// thread has ended, since the thread's closure holds the client and so this.
@safe final class MultiHandle: @unchecked Sendable {
    /// Idle easy handles kept for use again.
    private static let idleLimit = 32

    private let multi: UnsafeMutableRawPointer?
    private var idle = unsafe [UnsafeMutableRawPointer]()
    private var used = unsafe [ObjectIdentifier: UnsafeMutableRawPointer]()

    static let isInitialized: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() {
        unsafe multi = Self.isInitialized ? curl_multi_init() : nil
        unsafe sparc_curl_multi_set_long(
            multi,
            CURLMOPT_MAX_HOST_CONNECTIONS,
            HTTPClient.connectionsPerHost
        )
        unsafe sparc_curl_multi_set_long(
            multi,
            CURLMOPT_MAXCONNECTS,
            HTTPClient.connectionsPerHost * 2
        )
    }

    deinit {
        while let (id, handle) = unsafe used.first {
            unsafe used[id] = nil
            unsafe curl_multi_remove_handle(multi, handle)
            unsafe curl_easy_cleanup(handle)
        }
        while let handle = unsafe idle.popLast() {
            unsafe curl_easy_cleanup(handle)
        }
        unsafe curl_multi_cleanup(multi)
    }

    func wake() {
        unsafe curl_multi_wakeup(multi)
    }

    /// Begins a transfer; false if it could not be set up.
    func add(_ exchange: Exchange) -> Bool {
        guard let easy = unsafe idle.popLast() ?? curl_easy_init() else { return false }
        guard unsafe exchange.start(on: easy) else {
            unsafe idle.append(easy)
            return false
        }
        unsafe used[ObjectIdentifier(exchange)] = easy
        return unsafe curl_multi_add_handle(multi, easy) == CURLM_OK
    }

    /// Takes a transfer out before its end.
    func remove(_ exchange: Exchange) {
        guard let easy = unsafe used.removeValue(forKey: ObjectIdentifier(exchange)) else { return }
        unsafe curl_multi_remove_handle(multi, easy)
        unsafe recycle(easy)
    }

    /// Moves bytes and finishes what is done; `done` is told before the caller is answered.
    func perform(_ done: (Exchange) -> Void) {
        var running: Int32 = 0
        unsafe curl_multi_perform(multi, &running)
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE,
                let easy = unsafe message.pointee.easy_handle
            else { continue }
            let code = unsafe message.pointee.data.result
            var pointer: UnsafeMutableRawPointer?
            unsafe sparc_curl_get_pointer(easy, CURLINFO_PRIVATE, &pointer)
            guard let pointer = unsafe pointer else { continue }
            let exchange = unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
            done(exchange)
            exchange.finish(code)
            remove(exchange)
        }
    }

    /// Waits for a socket, a wake-up or 1 s.
    func poll() {
        var count: Int32 = 0
        unsafe curl_multi_poll(multi, nil, 0, 1_000, &count)
    }

    private func recycle(_ easy: UnsafeMutableRawPointer) {
        if unsafe idle.count < Self.idleLimit {
            unsafe curl_easy_reset(easy)
            unsafe idle.append(easy)
        } else {
            unsafe curl_easy_cleanup(easy)
        }
    }
}
