internal import Domain
internal import Logging
internal import Synchronization
internal import Telemetry

/// Says once that a proxy's word is not taken: behind one that is not listed all people have its
/// address, and share its limits.
final class ProxyHint: Sendable {
    private let isGiven = Atomic(false)

    /// - Parameter peer: Who sent `X-Forwarded-For` without being trusted. One of the public internet
    ///   is a client that tries, and no hint.
    func give(_ peer: IPAddress, _ logger: Logger) {
        guard AddressPolicy.privateNetworks.allows(peer) || AddressPolicy.loopback.allows(peer),
            !isGiven.exchange(true, ordering: .relaxed)
        else { return }
        logger.warning(
            "X-Forwarded-For of a proxy is not read: SPARC_TRUSTED_PROXIES does not list it",
            metadata: [LogKey.address: "\(peer)"]
        )
    }
}
