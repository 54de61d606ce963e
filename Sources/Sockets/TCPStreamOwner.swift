/// Who a connection belongs to; called on its loop's thread.
package protocol TCPStreamOwner: AnyObject {
    /// The connection stands.
    func streamOpened(_ stream: TCPStream)
    /// Bytes came; the span is valid for this call only.
    func stream(_ stream: TCPStream, received bytes: Span<UInt8>)
    /// The connection could not be made or has ended; nil when the peer closed it in order.
    func streamEnded(_ stream: TCPStream, _ error: SocketsError?)
}
