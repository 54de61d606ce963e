import CCurl
package import Domain
import Foundation
import Synchronization

/// HTTP by libcurl: one thread, one multi handle, connections kept alive.
///
/// No redirect is followed. TLS is verified always. At most `connectionsPerHost` connections to a
/// host and `requestLimit` requests at a time; further requests wait in the queue, their deadline
/// running.
package final class HTTPClient: Sendable {
    /// As many as a worker uploads at once, and some.
    package static let connectionsPerHost = 16
    /// Requests queued and under way; one more fails at once.
    package static let requestLimit = 4_096

    private struct State {
        var waiting: [Exchange] = []
        var cancelled: Set<ObjectIdentifier> = []
        var count = 0
        var isClosed = false
    }

    private let policy: AddressPolicy?
    private let authorities: String?
    private let ignoresProxy: Bool
    private let state = Mutex(State())
    private let multi: MultiHandle

    /// Starts the transfer thread; `close()` ends it.
    /// - Parameters:
    ///   - policy: Asked with the resolved address before every connect; nil where the operator's own
    ///     setting names the host.
    ///   - authorities: Path of a PEM file with the certificate authorities to trust instead of the
    ///     system's.
    ///   - ignoresProxy: For what is on this machine or beside it, such as a metadata service; always
    ///     so where there is a policy.
    package init(
        policy: AddressPolicy?,
        authorities: String? = nil,
        ignoresProxy: Bool = false
    ) {
        self.ignoresProxy = ignoresProxy || policy != nil
        self.policy = policy
        self.authorities = authorities
        multi = MultiHandle()
        let thread = Thread { [self] in run() }
        thread.name = "transfer"
        thread.start()
    }

    /// Sends a request and waits for the whole answer.
    package func send(_ request: HTTPRequest) async throws(TransferError) -> HTTPResponse {
        let box = Mutex<Exchange?>(nil)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let exchange = Exchange(
                    request,
                    policy: policy,
                    authorities: authorities,
                    ignoresProxy: ignoresProxy,
                    continuation: continuation
                )
                box.withLock { $0 = exchange }
                submit(exchange)
            }
        } onCancel: {
            if let exchange = box.withLock({ $0 }) {
                state.withLock { _ = $0.cancelled.insert(ObjectIdentifier(exchange)) }
                multi.wake()
            }
        }
        return try result.get()
    }

    /// Fails what is under way and ends the thread.
    package func close() {
        state.withLock { $0.isClosed = true }
        multi.wake()
    }

    private func submit(_ exchange: Exchange) {
        let refusal = state.withLock { state -> TransferError? in
            if state.isClosed { return TransferError(.cancelled, "the client is closed") }
            if state.count >= Self.requestLimit {
                return TransferError(.other, "\(exchange.host): too many requests are waiting")
            }
            state.count += 1
            state.waiting.append(exchange)
            return nil
        }
        if let refusal { exchange.fail(refusal) } else { multi.wake() }
    }

    /// The transfer thread's life.
    private func run() {
        var active: [ObjectIdentifier: Exchange] = [:]
        while true {
            let (new, cancelled, isClosed) = state.withLock { state in
                defer {
                    state.waiting = []
                    state.cancelled = []
                }
                return (state.waiting, state.cancelled, state.isClosed)
            }
            for exchange in new {
                if multi.add(exchange) {
                    active[ObjectIdentifier(exchange)] = exchange
                } else {
                    state.withLock { $0.count -= 1 }
                    exchange.fail(TransferError(.other, "no memory for a transfer"))
                }
            }
            for id in cancelled {
                guard let exchange = active.removeValue(forKey: id) else { continue }
                multi.remove(exchange)
                state.withLock { $0.count -= 1 }
                exchange.fail(TransferError(.cancelled, "\(exchange.host): cancelled"))
            }
            if isClosed { break }
            multi.perform { exchange in
                active[ObjectIdentifier(exchange)] = nil
                state.withLock { $0.count -= 1 }
            }
            multi.poll()
        }
        for exchange in active.values {
            multi.remove(exchange)
            exchange.fail(TransferError(.cancelled, "\(exchange.host): the client was closed"))
        }
    }
}
