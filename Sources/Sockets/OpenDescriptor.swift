internal import CLinux
internal import Glibc

/// Owns one file descriptor of a socket, pipe, epoll or eventfd; `deinit` closes it.
struct OpenDescriptor: ~Copyable {
    let number: Int32

    /// Takes over `number`, the result of a call that makes a descriptor; throws for -1.
    init(_ number: Int32, _ call: String) throws(SocketsError) {
        guard number >= 0 else { throw .system(call) }
        self.number = number
    }

    deinit {
        close(number)
    }
}
