/// The address of a camera's stream: `rtsp://host[:port]/path?query`, without user name or password.
///
/// Credentials in the text are split off and travel as `CameraCredentials`; what this type prints
/// is safe to show.
package struct CameraURL: Hashable, Sendable, CustomStringConvertible {
    /// RTSP's registered port (RFC 2326 section 3.2).
    package static let defaultPort = 554
    /// Longest text accepted, bytes.
    package static let lengthLimit = 2_048

    /// A name or an address; an IPv6 address without brackets.
    package let host: String
    package let port: Int
    /// Path and query as written, beginning with `/`.
    package let path: String

    /// What is wrong with a text, in words for the person who typed it.
    package struct Invalid: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// Splits and checks a URL. Errors say what is wrong and give an example; they never repeat the
    /// text, which may hold a password.
    package static func parse(
        _ text: String
    ) throws(Invalid) -> (url: CameraURL, credentials: CameraCredentials?) {
        func fail(_ reason: String) -> Invalid {
            Invalid(description: "\(reason); for example rtsp://192.168.1.20:554/stream1")
        }
        guard text.utf8.count <= lengthLimit else {
            throw fail("longer than \(lengthLimit) bytes")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw fail("has spaces, control characters or characters that are not ASCII")
        }
        let pieces = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2 else { throw fail("has no scheme") }
        let scheme = pieces[0].lowercased()
        guard scheme == "rtsp" else {
            throw fail("the scheme \(scheme.prefix(16)) is not supported, only rtsp is")
        }
        let rest = pieces[1]
        let split = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        var authority = rest[..<split]
        var credentials: CameraCredentials?
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            authority = authority[authority.index(after: at)...]
            let parts = user.split(
                separator: ":",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let name = PercentEncoding.decoded(parts[0]), !name.isEmpty,
                let password = PercentEncoding.decoded(parts.count > 1 ? parts[1] : "")
            else { throw fail("the user name or password is empty or has a broken % escape") }
            credentials = CameraCredentials(user: name, password: password)
        }
        let (host, port) = try hostAndPort(authority, fail)
        let tail = String(rest[split...])
        guard !tail.utf8.contains(35) else { throw fail("has a fragment (#)") }
        let path = tail.hasPrefix("/") ? tail : "/" + tail
        return (CameraURL(host: host, port: port, path: path), credentials)
    }

    private init(host: String, port: Int, path: String) {
        self.host = host
        self.port = port
        self.path = path
    }

    package var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == Self.defaultPort ? "rtsp://\(name)\(path)" : "rtsp://\(name):\(port)\(path)"
    }

    private static func hostAndPort(
        _ authority: Substring,
        _ fail: (String) -> Invalid
    ) throws(Invalid) -> (String, Int) {
        var host = authority
        var portText: Substring?
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else { throw fail("[ without ]") }
            host = authority[authority.index(after: authority.startIndex)..<close]
            guard IPAddress(String(host)) != nil, host.contains(":") else {
                throw fail("the address in brackets is not an IPv6 address")
            }
            let rest = authority[authority.index(after: close)...]
            guard rest.isEmpty || rest.first == ":" else { throw fail("text after ]") }
            portText = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty else { throw fail("has no host") }
        guard host.utf8.count <= 253 else { throw fail("the host is longer than 253 bytes") }
        let plain = host.utf8.allSatisfy {
            48...57 ~= $0 || 65...90 ~= $0 || 97...122 ~= $0 || $0 == 45 || $0 == 46 || $0 == 95
                || $0 == 58
        }
        guard plain else { throw fail("the host has a character that no host name has") }
        guard host.contains(":") || host.first != "." && !host.contains("..") else {
            throw fail("the host has an empty part")
        }
        guard IPAddress(String(host)) != nil || !HostNumber.isWritten(host) else {
            throw fail("the host is a number; write an address as four decimal parts")
        }
        guard let portText else { return (String(host), defaultPort) }
        guard let port = Int(portText), port >= 1, port <= 65_535,
            portText.utf8.allSatisfy({ 48...57 ~= $0 })
        else { throw fail("the port is not a number from 1 to 65535") }
        return (String(host), port)
    }
}
