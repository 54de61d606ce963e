/// One HTTP request, whole in memory.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    package var method: Method
    /// Absolute, `http` or `https`.
    package var url: String
    /// Sent as they are; a line break in one is refused.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// From submission to the last byte of the answer.
    package var deadline: Duration
    /// Longest answer body in bytes; a longer one fails with `tooLarge`.
    package var responseLimit: Int

    package init(
        _ method: Method,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        deadline: Duration = .seconds(10),
        responseLimit: Int = 1 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.responseLimit = responseLimit
    }
}
