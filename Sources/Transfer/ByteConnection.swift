import CCurl
import Foundation

/// One connection for a protocol that is not HTTP, plain or with TLS, over libcurl's connecting and
/// checking of certificates. Its calls block: it belongs to a thread of its own.
///
/// The owner of an easy handle: made by `init`, freed with the value. TLS is verified always, name and
/// authority. No proxy is used: what is connected to so is beside us.
@safe package struct ByteConnection: ~Copyable {
    /// Bytes that are read at a time.
    private static let piece = 64 << 10

    private let easy: UnsafeMutableRawPointer
    private let host: String
    private var buffer = [UInt8](repeating: 0, count: piece)

    /// Connects.
    ///
    /// - Parameters:
    ///   - host: A name, an IPv4 address, or an IPv6 address in brackets.
    ///   - isSecure: Whether to speak TLS, 1.2 or later.
    ///   - authorities: Path of a PEM file with the certificate authorities to trust instead of the
    ///     system's.
    ///   - timeout: For name, connection and handshake together.
    package init(
        host: String,
        port: Int,
        isSecure: Bool,
        authorities: String?,
        timeout: Duration
    ) throws(TransferError) {
        self.host = host
        unsafe easy = try Self.connect(
            "\(isSecure ? "https" : "http")://\(host):\(port)",
            host: host,
            authorities: authorities,
            timeout: Self.milliseconds(timeout)
        )
    }

    /// A handle with a connection; nothing is left of one without.
    private static func connect(
        _ url: String,
        host: String,
        authorities: String?,
        timeout: Int
    ) throws(TransferError) -> UnsafeMutableRawPointer {
        guard MultiHandle.isInitialized, let easy = unsafe curl_easy_init() else {
            throw TransferError(.other, "\(host): libcurl does not start")
        }
        unsafe sparc_curl_set_string(easy, CURLOPT_URL, url)
        unsafe sparc_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        unsafe sparc_curl_set_long(easy, CURLOPT_CONNECT_ONLY, 1)
        unsafe sparc_curl_set_string(easy, CURLOPT_NOPROXY, "*")
        unsafe sparc_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        unsafe sparc_curl_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        unsafe sparc_curl_set_long(easy, CURLOPT_SSL_ENABLE_ALPN, 0)
        unsafe sparc_curl_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        unsafe sparc_curl_set_long(easy, CURLOPT_TIMEOUT_MS, timeout)
        unsafe sparc_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout)
        if let authorities { unsafe sparc_curl_set_string(easy, CURLOPT_CAINFO, authorities) }
        // What exactly is wrong with a certificate is told here alone.
        var reason = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        let code = unsafe reason.withUnsafeMutableBufferPointer { reason in
            unsafe sparc_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, reason.baseAddress)
            defer { unsafe sparc_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, nil) }
            return unsafe curl_easy_perform(easy)
        }
        guard code == CURLE_OK else {
            unsafe curl_easy_cleanup(easy)
            let error = TransferError.of(code, host: host)
            let text = String(
                decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
                as: UTF8.self
            )
            throw text.isEmpty ? error : TransferError(error.code, "\(host): \(text)")
        }
        return unsafe easy
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
    }

    /// Sends all bytes.
    package mutating func send(
        _ bytes: [UInt8],
        until deadline: ContinuousClock.Instant
    ) throws(TransferError) {
        var sent = 0
        while sent < bytes.count {
            var count = 0
            let code = unsafe bytes.withUnsafeBytes { bytes in
                unsafe curl_easy_send(
                    easy,
                    bytes.baseAddress.map { unsafe $0 + sent },
                    bytes.count - sent,
                    &count
                )
            }
            guard code == CURLE_OK || code == CURLE_AGAIN else { throw .of(code, host: host) }
            sent += count
            if code == CURLE_AGAIN { try wait(for: POLLOUT, until: deadline) }
        }
    }

    /// The next bytes, one or more.
    package mutating func receive(
        until deadline: ContinuousClock.Instant
    ) throws(TransferError) -> ArraySlice<UInt8> {
        while true {
            var count = 0
            let code = unsafe buffer.withUnsafeMutableBytes { buffer in
                unsafe curl_easy_recv(easy, buffer.baseAddress, buffer.count, &count)
            }
            if code == CURLE_AGAIN {
                try wait(for: POLLIN, until: deadline)
                continue
            }
            guard code == CURLE_OK else { throw .of(code, host: host) }
            guard count > 0 else {
                throw TransferError(.connect, "\(host): the other side closed the connection")
            }
            return buffer[..<count]
        }
    }

    private func wait(
        for events: Int32,
        until deadline: ContinuousClock.Instant
    ) throws(TransferError) {
        let left = Self.milliseconds(deadline - .now)
        var socket = CURL_SOCKET_BAD
        unsafe sparc_curl_get_socket(easy, &socket)
        var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
        guard deadline > .now, unsafe poll(&entry, 1, Int32(clamping: left)) != 0 else {
            throw TransferError(.timeout, "\(host): no answer in time")
        }
        // What poll reports beside readiness, the next send or receive reports too.
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return max(1, Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
