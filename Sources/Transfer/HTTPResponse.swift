/// A whole answer, whatever its status.
package struct HTTPResponse: Sendable {
    package var status: Int
    /// In the order of arrival, names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header; `name` in lower case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }

    package var isSuccess: Bool {
        status >= 200 && status < 300
    }
}
