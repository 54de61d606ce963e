internal import Domain
internal import HTTPTypes
internal import Hummingbird

extension APIServices {
    /// Where a request comes from: the other end of the connection, or whom trusted proxies name.
    /// Nil in tests without a connection.
    func clientAddress(_ request: Request, _ context: APIContext) -> IPAddress? {
        guard let peer = context.remoteAddress?.ipAddress.flatMap({ IPAddress($0) }) else {
            return nil
        }
        guard let name = HTTPField.Name("X-Forwarded-For") else { return peer }
        let forwarded = request.headers[values: name]
        if !forwarded.isEmpty, !trustedProxies.contains(peer) {
            proxyHint.give(peer, context.logger)
        }
        return trustedProxies.client(peer: peer, forwarded: forwarded)
    }
}
