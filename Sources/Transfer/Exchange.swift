import CCurl
import Domain
import Foundation

/// One request under way. It lives on the transfer thread from `start` to `finish`; libcurl holds a
/// pointer to it in between, which `HTTPClient`'s table keeps valid.
///
/// `@unchecked Sendable`: made on the caller's thread, then handed over once through the client's
/// locked queue; only the transfer thread touches its state after that.
@safe final class Exchange: @unchecked Sendable {
    /// More header lines than any server of ours or S3 sends.
    static let headerLimit = 128
    /// Bytes a second below which a request with a stall limit counts as stalled.
    private static let stallRate = 1_000
    /// Bytes read from a body source at a time.
    private static let uploadPiece = 256 << 10

    let request: HTTPRequest
    let host: String
    private let policy: AddressPolicy?
    private let authorities: String?
    private let ignoresProxy: Bool
    private let continuation: CheckedContinuation<Result<HTTPResponse, TransferError>, Never>
    private var handle: UnsafeMutableRawPointer?
    private var list: UnsafeMutablePointer<curl_slist>?
    private var body: UnsafeMutablePointer<CChar>?
    /// Where in `request.source` the next byte to send stands.
    private var position = 0
    private var response = HTTPResponse(status: 0, headers: [], body: [])
    private var failure: TransferError?

    init(
        _ request: HTTPRequest,
        policy: AddressPolicy?,
        authorities: String?,
        ignoresProxy: Bool,
        continuation: CheckedContinuation<Result<HTTPResponse, TransferError>, Never>
    ) {
        self.request = request
        self.policy = policy
        self.authorities = authorities
        self.ignoresProxy = ignoresProxy
        self.continuation = continuation
        let pieces = request.url.split(separator: "/", maxSplits: 2)
        let authority = pieces.count > 1 ? pieces[1].split(separator: "@").last : nil
        host = authority.map { String($0.prefix { $0 != "/" && $0 != "?" }) } ?? "(no host)"
    }

    deinit {
        unsafe curl_slist_free_all(list)
        unsafe body?.deallocate()
    }

    /// Prepares an easy handle and takes it into use.
    /// - Returns: Whether the handle is ready to be added to the multi handle.
    func start(on easy: UnsafeMutableRawPointer) -> Bool {
        guard let allHeaders = headerLines() else {
            failure = TransferError(.invalidRequest, "\(host): a header has a line break")
            return false
        }
        unsafe handle = easy
        unsafe curl_easy_reset(easy)
        for line in allHeaders {
            unsafe list = curl_slist_append(list, line)
        }
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        let (seconds, attoseconds) = request.deadline.components
        let milliseconds = max(1, seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
        unsafe sparc_curl_set_string(easy, CURLOPT_URL, request.url)
        unsafe sparc_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        unsafe sparc_curl_set_string(easy, CURLOPT_USERAGENT, "sparc")
        unsafe sparc_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        unsafe sparc_curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        unsafe sparc_curl_set_long(easy, CURLOPT_TIMEOUT_MS, Int(milliseconds))
        unsafe sparc_curl_set_long(
            easy,
            CURLOPT_CONNECTTIMEOUT_MS,
            Int(min(milliseconds, 5_000))
        )
        if let stall = request.stallLimit {
            unsafe sparc_curl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, Self.stallRate)
            unsafe sparc_curl_set_long(
                easy,
                CURLOPT_LOW_SPEED_TIME,
                max(1, Int(stall.components.seconds))
            )
        }
        if let authorities {
            unsafe sparc_curl_set_string(easy, CURLOPT_CAINFO, authorities)
        }
        unsafe sparc_curl_set_list(easy, CURLOPT_HTTPHEADER, list)
        unsafe sparc_curl_set_pointer(easy, CURLOPT_PRIVATE, me)
        unsafe sparc_curl_set_pointer(easy, CURLOPT_WRITEDATA, me)
        unsafe sparc_curl_set_data(easy, CURLOPT_WRITEFUNCTION, receiveBody)
        unsafe sparc_curl_set_pointer(easy, CURLOPT_HEADERDATA, me)
        unsafe sparc_curl_set_data(easy, CURLOPT_HEADERFUNCTION, receiveHeader)
        if policy != nil {
            unsafe sparc_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me)
            unsafe sparc_curl_set_opensocket(easy, openSocket)
        }
        // Behind a proxy of the environment a policy would see the proxy's address only.
        if ignoresProxy { unsafe sparc_curl_set_string(easy, CURLOPT_NOPROXY, "*") }
        if let source = request.source {
            unsafe setUpload(easy, source, me)
        } else {
            unsafe setMethod(easy)
        }
        return true
    }

    /// A body from a source, which libcurl rewinds when it has to send it again.
    private func setUpload(
        _ easy: UnsafeMutableRawPointer,
        _ source: any HTTPBodySource,
        _ me: UnsafeMutableRawPointer
    ) {
        unsafe sparc_curl_set_long(easy, CURLOPT_UPLOAD, 1)
        unsafe sparc_curl_set_off(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(source.length))
        unsafe sparc_curl_set_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, Self.uploadPiece)
        unsafe sparc_curl_set_pointer(easy, CURLOPT_READDATA, me)
        unsafe sparc_curl_set_read(easy, sendBody)
        unsafe sparc_curl_set_pointer(easy, CURLOPT_SEEKDATA, me)
        unsafe sparc_curl_set_seek(easy, rewindBody)
    }

    private func setMethod(_ easy: UnsafeMutableRawPointer) {
        switch request.method {
        case .get:
            unsafe sparc_curl_set_long(easy, CURLOPT_HTTPGET, 1)
        case .head:
            unsafe sparc_curl_set_long(easy, CURLOPT_NOBODY, 1)
        case .post, .put, .delete:
            // A body given by pointer is sent again by libcurl itself when a kept-alive connection
            // turns out to be dead, and never waits for `100 Continue` (the header is off).
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, request.body.count))
            for (index, byte) in request.body.enumerated() {
                unsafe copy[index] = CChar(bitPattern: byte)
            }
            unsafe body = copy
            unsafe sparc_curl_set_long(easy, CURLOPT_POST, 1)
            unsafe sparc_curl_set_off(
                easy,
                CURLOPT_POSTFIELDSIZE_LARGE,
                curl_off_t(request.body.count)
            )
            unsafe sparc_curl_set_pointer(easy, CURLOPT_POSTFIELDS, copy)
            unsafe sparc_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }

    private func headerLines() -> [String]? {
        var lines = ["Expect:"]
        // libcurl's own idea of a type is a form's.
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        for (name, value) in request.headers {
            // To libcurl a colon without a value means not to send the header at all.
            let line = value.isEmpty ? "\(name);" : "\(name): \(value)"
            guard line.utf8.allSatisfy({ $0 != 10 && $0 != 13 && $0 != 0 }) else { return nil }
            lines.append(line)
        }
        return lines
    }

    /// Takes body bytes; false ends the transfer.
    fileprivate func append(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard response.body.count + bytes.count <= request.responseLimit else {
            failure = TransferError(
                .tooLarge,
                "\(host): the answer is longer than \(request.responseLimit) bytes"
            )
            return false
        }
        unsafe response.body.append(contentsOf: bytes)
        return true
    }

    /// Fills libcurl's buffer with the next bytes of the source; nil ends the transfer.
    fileprivate func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
        guard let source = request.source else { return 0 }
        do {
            let bytes = try source.read(
                min(buffer.count, source.length - position),
                at: position
            )
            guard !bytes.isEmpty || position == source.length else {
                failure = TransferError(.unreadableBody, "\(host): the body ended early")
                return nil
            }
            unsafe buffer.copyBytes(from: bytes)
            position += bytes.count
            return bytes.count
        } catch {
            failure = TransferError(.unreadableBody, "\(host): \(error)")
            return nil
        }
    }

    /// Sets where the next byte to send stands; false for a place outside the body.
    fileprivate func seek(to offset: Int) -> Bool {
        guard let source = request.source, 0...source.length ~= offset else { return false }
        position = offset
        return true
    }

    fileprivate func appendHeader(_ line: String) {
        if line.hasPrefix("HTTP/") {
            // Headers of an interim answer do not belong to the final one.
            response.headers = []
            return
        }
        guard response.headers.count < Self.headerLimit,
            let colon = line.firstIndex(of: ":")
        else { return }
        let value = line[line.index(after: colon)...]
        response.headers.append(
            (String(line[..<colon]).lowercased(), String(Substring(value.trimmed)))
        )
    }

    /// Asks the address policy; the last word before a socket is made.
    fileprivate func allows(_ address: IPAddress?) -> Bool {
        guard let policy else { return true }
        guard let address, policy.allows(address) else {
            failure = TransferError(
                .refusedByPolicy,
                "\(host): the address \(address?.description ?? "?") is not in an allowed network"
            )
            return false
        }
        return true
    }

    /// Answers the caller; called exactly once.
    func finish(_ code: CURLcode) {
        if let failure {
            continuation.resume(returning: .failure(failure))
            return
        }
        guard code == CURLE_OK else {
            continuation.resume(returning: .failure(.of(code, host: host)))
            return
        }
        var status = 0
        unsafe sparc_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        response.status = status
        continuation.resume(returning: .success(response))
    }

    /// Answers the caller without a transfer.
    func fail(_ error: TransferError) {
        failure = failure ?? error
        finish(CURLE_OK)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = self
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}

// The callbacks run on the transfer thread, inside curl_multi_perform, while the client's table
// holds the exchange: the pointer is valid.

private func exchange(_ pointer: UnsafeMutableRawPointer?) -> Exchange? {
    unsafe pointer.map { unsafe Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
}

private func receiveBody(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ me: UnsafeMutableRawPointer?
) -> Int {
    guard let data = unsafe data, let exchange = unsafe exchange(me) else { return 0 }
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
    return unsafe exchange.append(bytes.assumingMemoryBound(to: UInt8.self)) ? size * count : 0
}

private func sendBody(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ me: UnsafeMutableRawPointer?
) -> Int {
    guard let data = unsafe data, let exchange = unsafe exchange(me) else {
        return Int(CURL_READFUNC_ABORT)
    }
    let buffer = unsafe UnsafeMutableRawBufferPointer(start: data, count: size * count)
    return unsafe exchange.fill(buffer) ?? Int(CURL_READFUNC_ABORT)
}

private func rewindBody(
    _ me: UnsafeMutableRawPointer?,
    _ offset: curl_off_t,
    _ origin: Int32
) -> Int32 {
    guard origin == SEEK_SET, let exchange = unsafe exchange(me) else { return CURL_SEEKFUNC_FAIL }
    return exchange.seek(to: Int(offset)) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
}

private func receiveHeader(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ me: UnsafeMutableRawPointer?
) -> Int {
    guard let data = unsafe data, let exchange = unsafe exchange(me) else { return 0 }
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
    unsafe exchange.appendHeader(String(decoding: bytes, as: UTF8.self))
    return size * count
}

private func openSocket(
    _ me: UnsafeMutableRawPointer?,
    _ purpose: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let address = unsafe address, let exchange = unsafe exchange(me),
        exchange.allows(unsafe ipAddress(address))
    else { return CURL_SOCKET_BAD }
    return unsafe sparc_curl_socket(address)
}

/// The address about to be connected to; nil for anything but IPv4 and IPv6.
private func ipAddress(_ address: UnsafeMutablePointer<curl_sockaddr>) -> IPAddress? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = unsafe sparc_curl_address(address, &bytes)
    return IPAddress(bytes: Array(bytes.prefix(Int(count))))
}
