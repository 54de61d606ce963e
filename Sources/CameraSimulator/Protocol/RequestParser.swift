/// Takes a client's bytes apart: requests, and interleaved packets between them.
struct RequestParser: Sendable {
    /// What a camera's small buffers take; a longer request ends the connection.
    static let headerBytesMax = 16_384
    static let bodyBytesMax = 16_384
    static let headersMax = 64

    enum Element: Hashable, Sendable {
        case request(Request)
        /// A packet of the client, such as a receiver report.
        case packet(channel: UInt8)
    }

    enum Failure: Error {
        case tooLarge
        case malformed
    }

    private var buffer: [UInt8] = []
    private var skip = 0

    init() {}

    mutating func append(_ bytes: some Collection<UInt8>) {
        let skipped = min(skip, bytes.count)
        skip -= skipped
        buffer.append(contentsOf: bytes.dropFirst(skipped))
    }

    /// The next whole element; nil when more bytes are needed.
    mutating func next() throws(Failure) -> Element? {
        while let first = buffer.first, first == 13 || first == 10 { buffer.removeFirst() }
        guard let first = buffer.first else { return nil }
        if first == 0x24 { return packet() }
        guard let end = headerEnd() else {
            if buffer.count > Self.headerBytesMax { throw .tooLarge }
            return nil
        }
        guard end <= Self.headerBytesMax else { throw .tooLarge }
        let request = try Self.parse(String(decoding: buffer[..<end], as: UTF8.self))
        let bodyLength = request.headers["content-length"].map { Int($0) ?? -1 } ?? 0
        guard bodyLength >= 0 else { throw .malformed }
        guard bodyLength <= Self.bodyBytesMax else { throw .tooLarge }
        // Bodies (of GET_PARAMETER, for one) are not needed for anything.
        let total = end + bodyLength
        skip = max(0, total - buffer.count)
        buffer.removeFirst(min(total, buffer.count))
        return .request(request)
    }

    private mutating func packet() -> Element? {
        guard buffer.count >= 4 else { return nil }
        let total = 4 + (Int(buffer[2]) << 8 | Int(buffer[3]))
        guard buffer.count >= total else { return nil }
        let channel = buffer[1]
        buffer.removeFirst(total)
        return .packet(channel: channel)
    }

    /// The index behind the empty line.
    private func headerEnd() -> Int? {
        var index = 0
        while index + 1 < buffer.count {
            if buffer[index] == 10 {
                if buffer[index + 1] == 10 { return index + 2 }
                if buffer[index + 1] == 13, index + 2 < buffer.count, buffer[index + 2] == 10 {
                    return index + 3
                }
            }
            index += 1
        }
        return nil
    }

    private static func parse(_ text: String) throws(Failure) -> Request {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let line = lines.first, lines.count <= headersMax + 1 else { throw .malformed }
        let words = line.split(separator: " ")
        guard words.count == 3, words[2] == "RTSP/1.0" || words[2].hasPrefix("HTTP/1.") else {
            throw .malformed
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw .malformed }
            var value = line[line.index(after: colon)...]
            while let first = value.first, first == " " || first == "\t" { value.removeFirst() }
            while let last = value.last, last == " " || last == "\t" { value.removeLast() }
            headers[line[..<colon].lowercased()] = String(value)
        }
        return Request(
            method: String(words[0]),
            url: String(words[1]),
            version: String(words[2]),
            headers: headers
        )
    }
}
