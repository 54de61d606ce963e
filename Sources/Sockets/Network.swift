package import Domain

/// What connections of one loop share: the loop, the policy, the resolver with who waits for it.
/// Used on the loop's thread only.
package final class Network {
    package let loop: EventLoop
    let policy: AddressPolicy
    private let resolver: Resolver
    private var waiting: [UInt64: ([IPAddress]) -> Void] = [:]

    package init(_ loop: EventLoop, policy: AddressPolicy) throws(SocketsError) {
        self.loop = loop
        self.policy = policy
        resolver = try Resolver(notify: loop.wakeup)
    }

    deinit {
        resolver.stop()
    }

    /// To be called from the loop's `onWakeup`: hands out the answers of the resolver.
    package func takeAnswers() {
        for answer in resolver.takeAnswers() {
            waiting.removeValue(forKey: answer.request)?(answer.addresses)
        }
    }

    func resolve(
        _ host: String,
        _ answer: @escaping ([IPAddress]) -> Void
    ) throws(SocketsError) {
        waiting[try resolver.resolve(host)] = answer
    }
}
