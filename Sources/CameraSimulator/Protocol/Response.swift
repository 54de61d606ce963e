/// An answer of RTSP/1.0 or HTTP/1.1.
struct Response: Hashable, Sendable {
    var status: Int
    var headers: [(String, String)] = []
    var body = ""

    init(_ status: Int, _ headers: [(String, String)] = [], body: String = "") {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The bytes on the wire; `CSeq` is repeated from the request.
    func bytes(to request: Request) -> [UInt8] {
        var text = "\(request.version) \(status) \(Self.reason(status))\r\n"
        if let sequence = request.headers["cseq"] { text += "CSeq: \(sequence)\r\n" }
        if !request.isHTTP { text += "Server: SPARC camera simulator\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if !body.isEmpty || request.isHTTP { text += "Content-Length: \(body.utf8.count)\r\n" }
        return Array((text + "\r\n" + body).utf8)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.status == right.status && left.body == right.body
            && left.headers.elementsEqual(right.headers, by: ==)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(status)
        hasher.combine(body)
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 302: "Found"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 413: "Request Entity Too Large"
        case 453: "Not Enough Bandwidth"
        case 454: "Session Not Found"
        case 455: "Method Not Valid in This State"
        case 461: "Unsupported Transport"
        default: "Error"
        }
    }
}
