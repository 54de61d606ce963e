/// One RTSP message of a camera: a response or a request of its own (RFC 2326 sections 6 and 7).
struct Message: Equatable {
    enum Start: Equatable {
        case response(status: Int)
        case request(method: String)
    }

    struct Field: Equatable {
        /// In lower case.
        let name: String
        var value: String
    }

    let start: Start
    private(set) var fields: [Field]
    var body: [UInt8] = []

    /// The first value of a header.
    subscript(_ name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    /// All values of a header, such as `www-authenticate`.
    func all(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    /// Reads start line and header lines; `head` holds no body.
    init(head: [UInt8]) throws(RTSPError) {
        let lines = Self.lines(of: head)
        guard let first = lines.first else { throw Self.unreadable }
        start = try Self.readStart(first)
        fields = []
        for line in lines.dropFirst() {
            guard let begin = line.utf8.first else { continue }
            if begin == 32 || begin == 9 {
                // A folded line goes on with the value before it.
                guard !fields.isEmpty else { throw Self.unreadable }
                fields[fields.count - 1].value += " " + ASCII.trimmed(line)
                continue
            }
            guard fields.count < MessageFramer.fieldLimit else {
                throw RTSPError(
                    .limit,
                    "the camera sent more than \(MessageFramer.fieldLimit) header lines"
                )
            }
            let pair = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            // A line without colon says nothing; cameras have sent them.
            guard pair.count == 2 else { continue }
            let name = ASCII.trimmed(pair[0]).lowercased()
            fields.append(Field(name: name, value: String(ASCII.trimmed(pair[1]))))
        }
    }

    /// Bytes of body that follow; 0 without the header.
    func contentLength() throws(RTSPError) -> Int {
        let values = all("content-length")
        guard let first = values.first else { return 0 }
        guard values.allSatisfy({ $0 == first }), first.utf8.allSatisfy({ 48...57 ~= $0 }),
            !first.isEmpty
        else {
            throw RTSPError(.protocolViolation, "the camera sent an impossible Content-Length")
        }
        guard let length = ASCII.number(first, atMost: MessageFramer.bodyLimit) else {
            throw RTSPError(
                .limit,
                "the camera announced a body of more than \(MessageFramer.bodyLimit >> 10) KiB"
            )
        }
        return length
    }

    static let unreadable = RTSPError(
        .protocolViolation,
        "the camera sent bytes that are not RTSP; check that the port is its RTSP port"
    )

    private static func lines(of head: [UInt8]) -> [Substring] {
        let text = String(decoding: head, as: UTF8.self)
        // By scalars: CR LF is one Character and would not split.
        var lines: [Substring] = []
        for line in text.unicodeScalars.split(
            whereSeparator: { $0 == "\n" || $0 == "\r" }
        ) {
            lines.append(Substring(line))
        }
        return lines
    }

    private static func readStart(_ line: Substring) throws(RTSPError) -> Start {
        let words = line.split(separator: " ")
        if ASCII.hasPrefix(line, "RTSP/1.") {
            guard words.count >= 2, words[1].utf8.count == 3,
                let status = ASCII.number(words[1], atMost: 999), status >= 100
            else { throw unreadable }
            return .response(status: status)
        }
        guard words.count == 3, ASCII.hasPrefix(words[2], "RTSP/1."), words[0].utf8.count <= 32,
            words[0].utf8.allSatisfy({ 65...90 ~= $0 || $0 == 95 })
        else { throw unreadable }
        return .request(method: String(words[0]))
    }
}
