internal import CLinux
internal import Domain
internal import Glibc

/// The calls that take pointers, each wrapped once: this file is where to look for memory errors
/// of the network side. None keeps a pointer beyond the call.
enum SystemCalls {
    /// How a transfer ended.
    enum Transfer {
        case bytes(Int)
        case wouldBlock
        case failed(Int32)
    }

    /// A socket address for connect(2).
    struct Address {
        var storage = sockaddr_storage()
        var length: socklen_t = 0

        init(_ address: IPAddress, port: UInt16) {
            if address.isIPv4 {
                var inet = sockaddr_in()
                inet.sin_family = sa_family_t(AF_INET)
                inet.sin_port = port.bigEndian
                unsafe withUnsafeMutableBytes(of: &inet.sin_addr) { target in
                    unsafe target.copyBytes(from: address.bytes[12...])
                }
                length = socklen_t(MemoryLayout<sockaddr_in>.size)
                unsafe withUnsafeMutableBytes(of: &storage) { target in
                    unsafe withUnsafeBytes(of: inet) { unsafe target.copyMemory(from: $0) }
                }
            } else {
                var inet = sockaddr_in6()
                inet.sin6_family = sa_family_t(AF_INET6)
                inet.sin6_port = port.bigEndian
                unsafe withUnsafeMutableBytes(of: &inet.sin6_addr) { target in
                    unsafe target.copyBytes(from: address.bytes)
                }
                length = socklen_t(MemoryLayout<sockaddr_in6>.size)
                unsafe withUnsafeMutableBytes(of: &storage) { target in
                    unsafe withUnsafeBytes(of: inet) { unsafe target.copyMemory(from: $0) }
                }
            }
        }
    }

    /// Begins to connect a non-blocking socket; nil when it has begun or is done, else the errno.
    static func connect(_ descriptor: Int32, _ address: Address) -> Int32? {
        let result = unsafe withUnsafeBytes(of: address.storage) { bytes in
            guard let base = bytes.baseAddress else { return Int32(-1) }
            return unsafe Glibc.connect(
                descriptor,
                base.assumingMemoryBound(to: sockaddr.self),
                address.length
            )
        }
        return result == 0 || errno == EINPROGRESS ? nil : errno
    }

    /// The pending error of a socket (SO_ERROR), 0 for none.
    static func pendingError(_ descriptor: Int32) -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length)
        return result == 0 ? value : errno
    }

    static func setOption(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        // A refused option is no reason to give up a connection: all of them tune only.
        _ = unsafe setsockopt(
            descriptor,
            level,
            option,
            &value,
            socklen_t(MemoryLayout<Int32>.size)
        )
    }

    /// One recv(2) into a buffer.
    static func receive(_ descriptor: Int32, _ buffer: ReceiveBuffer) -> Transfer {
        result(unsafe recv(descriptor, buffer.start, ReceiveBuffer.size, Int32(MSG_DONTWAIT)))
    }

    /// One read(2) into a buffer.
    static func read(_ descriptor: Int32, _ buffer: ReceiveBuffer) -> Transfer {
        result(unsafe Glibc.read(descriptor, buffer.start, ReceiveBuffer.size))
    }

    /// One send(2) of the bytes from `offset`.
    static func send(_ descriptor: Int32, _ bytes: [UInt8], from offset: Int) -> Transfer {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        return unsafe bytes[offset...].withUnsafeBytes { span in
            result(unsafe Glibc.send(descriptor, span.baseAddress, span.count, flags))
        }
    }

    /// One write(2) of the bytes from `offset`.
    static func write(_ descriptor: Int32, _ bytes: [UInt8], from offset: Int) -> Transfer {
        unsafe bytes[offset...].withUnsafeBytes { span in
            result(unsafe Glibc.write(descriptor, span.baseAddress, span.count))
        }
    }

    private static func result(_ count: Int) -> Transfer {
        if count >= 0 { return .bytes(count) }
        return errno == EAGAIN || errno == EINTR ? .wouldBlock : .failed(errno)
    }
}
