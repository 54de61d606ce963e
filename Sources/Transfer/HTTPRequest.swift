/// One HTTP request: whole in memory, or with a body that is read while it is sent.
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
    /// Sent instead of `body` where it is set; only by `put`.
    package var source: (any HTTPBodySource)?
    /// From submission to the last byte of the answer.
    package var deadline: Duration
    /// Longest answer body in bytes; a longer one fails with `tooLarge`.
    package var responseLimit: Int
    /// Ends the request with `timeout` when fewer than 1,000 bytes a second have moved for this
    /// long, waiting for the answer included; nil leaves only the deadline.
    package var stallLimit: Duration?

    package init(
        _ method: Method,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        source: (any HTTPBodySource)? = nil,
        deadline: Duration = .seconds(10),
        responseLimit: Int = 1 << 20,
        stallLimit: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.source = source
        self.deadline = deadline
        self.responseLimit = responseLimit
        self.stallLimit = stallLimit
    }
}
