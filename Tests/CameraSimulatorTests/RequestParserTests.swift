import Testing

@testable import CameraSimulator

struct RequestParserTests {
    private let text =
        "OPTIONS rtsp://h/cam0 RTSP/1.0\r\nCSeq: 1\r\nX-Name:  a b \r\n\r\n"
    private let second =
        "GET_PARAMETER rtsp://h/cam0 RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nhello"

    private func elements(_ pieces: [[UInt8]]) throws -> [RequestParser.Element] {
        var parser = RequestParser()
        var found: [RequestParser.Element] = []
        for piece in pieces {
            parser.append(piece)
            while let element = try parser.next() { found.append(element) }
        }
        return found
    }

    @Test func `any split of the bytes gives the same requests and packets`() throws {
        let packet: [UInt8] = [0x24, 1, 0, 4, 0x80, 201, 0, 0]
        let bytes = Array(text.utf8) + packet + Array(second.utf8) + packet + Array(text.utf8)
        let whole = try elements([bytes])
        #expect(whole.count == 5)
        guard case .request(let request) = whole[0] else {
            Issue.record("no request")
            return
        }
        #expect(request.method == "OPTIONS")
        #expect(request.headers == ["cseq": "1", "x-name": "a b"])
        #expect(whole[1] == .packet(channel: 1))
        #expect(try elements(bytes.map { [$0] }) == whole)
        for cut in bytes.indices {
            #expect(try elements([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
        }
    }

    @Test(arguments: [
        "GET\r\n\r\n", "A b SIP/2.0\r\n\r\n", "A b RTSP/1.0\r\nno colon\r\n\r\n",
        "A b RTSP/1.0\r\nContent-Length: -4\r\n\r\n",
        "A b RTSP/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "A b RTSP/1.0\r\nContent-Length: 99999\r\n\r\n",
        "A b RTSP/1.0\r\n" + String(repeating: "X: y\r\n", count: 100) + "\r\n",
        String(repeating: "x", count: 17_000),
    ])
    func `what is malformed or too large fails`(text: String) {
        #expect(throws: RequestParser.Failure.self) { try elements([Array(text.utf8)]) }
    }

    @Test func `random bytes never trap`() {
        var generator = SeededGenerator(seed: 20_261_125)
        for _ in 0..<300 {
            var parser = RequestParser()
            var bytes = Array((text + second).utf8)
            for _ in 0..<8 {
                bytes[Int.random(in: bytes.indices, using: &generator)] =
                    UInt8(truncatingIfNeeded: generator.next())
            }
            parser.append(bytes)
            while let element = try? parser.next() { _ = element }
        }
    }
}
