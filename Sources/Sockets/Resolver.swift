internal import CLinux
package import Domain
internal import Glibc
internal import Synchronization

/// Turns host names into addresses on a thread of its own: getaddrinfo(3) blocks for as long as a
/// name server likes.
///
/// One thread is enough: cameras are mostly given by address, and a slow name server only delays
/// those that have a name. Answers come back through the loop's wake-up, by `takeAnswers`.
package final class Resolver: Sendable {
    /// Requests that may wait: one for each stream of a recorder.
    package static let requestLimit = 256
    /// Addresses kept of one name.
    static let addressLimit = 8

    /// What came of one request.
    package struct Answer: Sendable {
        package let request: UInt64
        /// In the system's order of preference; empty if the name has none.
        package let addresses: [IPAddress]
    }

    private struct State {
        var last: UInt64 = 0
        var waiting: [(request: UInt64, host: String)] = []
        var answers: [Answer] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let work: Wakeup
    private let notify: Wakeup

    /// Starts the thread.
    /// - Parameter notify: Signalled when answers are there.
    package init(notify: Wakeup) throws(SocketsError) {
        self.notify = notify
        work = try Wakeup()
        try NativeThread.start("resolver") { [self] in run() }
    }

    /// Asks for a name's addresses; returns the number that the answer will have.
    package func resolve(_ host: String) throws(SocketsError) -> UInt64 {
        let request = state.withLock { state -> UInt64? in
            guard state.waiting.count < Self.requestLimit else { return nil }
            state.last += 1
            state.waiting.append((state.last, host))
            return state.last
        }
        guard let request else {
            throw SocketsError(.limit, "too many names wait for the name server")
        }
        work.signal()
        return request
    }

    /// The answers since the last call.
    package func takeAnswers() -> [Answer] {
        state.withLock { state in
            defer { state.answers = [] }
            return state.answers
        }
    }

    /// Ends the thread once its current call returns.
    package func stop() {
        state.withLock { $0.isStopped = true }
        work.signal()
    }

    private func run() {
        while true {
            let (next, isStopped) = state.withLock { state in
                (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.isStopped)
            }
            if isStopped { return }
            guard let next else {
                work.wait(atMost: .seconds(60))
                continue
            }
            let addresses = Self.addresses(of: next.host)
            state.withLock {
                $0.answers.append(Answer(request: next.request, addresses: addresses))
            }
            notify.signal()
        }
    }

    /// Blocks for as long as the name servers of `/etc/resolv.conf` take.
    static func addresses(of host: String) -> [IPAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var found: [IPAddress] = []
        var entry = unsafe list
        while let current = unsafe entry, found.count < addressLimit {
            if let address = unsafe address(current.pointee) { found.append(address) }
            unsafe entry = unsafe current.pointee.ai_next
        }
        return found
    }

    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let raw = unsafe entry.ai_addr else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(start: raw, count: Int(entry.ai_addrlen))
        // sockaddr_in holds the address at offset 4, sockaddr_in6 at offset 8.
        switch unsafe (entry.ai_family, bytes.count) {
        case (AF_INET, 8...): return unsafe IPAddress(bytes: Array(bytes[4..<8]))
        case (AF_INET6, 24...): return unsafe IPAddress(bytes: Array(bytes[8..<24]))
        default: return nil
        }
    }
}
