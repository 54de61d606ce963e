import Domain

/// The addresses of requests, put together from what the camera says in `Content-Base` and
/// `a=control` the way cameras expect it: by joining text, not by the rules of RFC 3986, which
/// would lose a query in the middle.
enum ControlAddress {
    /// `Content-Base` or `Content-Location` if it is a whole rtsp address, else the address asked
    /// for: there are cameras that leave out the scheme.
    static func base(_ message: Message, requested: String) -> String {
        for name in ["content-base", "content-location"] {
            if let value = message[name], let address = whole(value) { return address }
        }
        return requested
    }

    /// The address of a track or of the session; nil and `*` stand for the base itself.
    static func resolve(_ control: String?, base: String) -> String {
        guard let control, control != "*", !control.isEmpty, ASCII.isPlain(control),
            control.utf8.count <= CameraURL.lengthLimit
        else { return base }
        if let address = whole(control) { return address }
        if control.utf8.first == 47 {
            return origin(of: base) + control
        }
        return base.hasSuffix("/") ? base + control : base + "/" + control
    }

    /// The text if it is an rtsp address fit for a request line, without user-info: some cameras
    /// repeat it, and it is nobody's business on the wire.
    private static func whole(_ text: String) -> String? {
        guard ASCII.hasPrefix(text, "rtsp://"), ASCII.isPlain(text),
            text.utf8.count <= CameraURL.lengthLimit
        else { return nil }
        let rest = text.dropFirst(7)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard end > rest.startIndex else { return nil }
        let authority = rest[..<end]
        guard let at = authority.lastIndex(of: "@") else { return text }
        return "rtsp://" + rest[rest.index(after: at)...]
    }

    private static func origin(of base: String) -> String {
        let rest = base.dropFirst(7)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        return String(base[..<end])
    }
}
