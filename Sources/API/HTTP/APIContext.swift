package import Hummingbird
package import NIOCore

/// What travels with a request.
package struct APIContext: RequestContext, RemoteAddressRequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Who is at the other end of the connection, a proxy perhaps; nil in tests without one.
    package var remoteAddress: SocketAddress?

    package init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
