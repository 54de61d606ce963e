internal import CLinux
internal import Glibc

extension SocketsError {
    /// An error of a call on a connection.
    ///
    /// Source: connect(2), recv(2), send(2).
    static func connection(_ number: Int32, _ peer: String) -> SocketsError {
        switch number {
        case ECONNREFUSED:
            SocketsError(.unreachable, "\(peer) refused the connection")
        case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN:
            SocketsError(.unreachable, "\(peer) cannot be reached")
        case ETIMEDOUT:
            SocketsError(.timeout, "\(peer) did not answer in time")
        case ECONNRESET, EPIPE:
            SocketsError(.reset, "\(peer) reset the connection")
        case EMFILE, ENFILE, ENOMEM, ENOBUFS:
            SocketsError(.limit, "this process has no more sockets to give")
        case EACCES, EPERM:
            SocketsError(.unreachable, "this host does not let us connect to \(peer)")
        default:
            SocketsError(.system(number), "the connection to \(peer) failed (errno \(number))")
        }
    }

    /// An error of a call that should not fail.
    static func system(_ call: String, _ number: Int32 = errno) -> SocketsError {
        SocketsError(.system(number), "\(call) failed (errno \(number))")
    }
}
