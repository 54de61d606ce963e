/// The parts of a request that a signature covers.
package struct SignableRequest: Sendable {
    /// Upper case.
    package var method: String
    /// As the `Host` header has it: with the port unless it is the scheme's own.
    package var host: String
    /// Begins with a slash; not encoded.
    package var path: String
    /// Not encoded, in any order.
    package var query: [(name: String, value: String)]
    /// Without `host`.
    package var headers: [(name: String, value: String)]

    package init(
        method: String,
        host: String,
        path: String,
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = []
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
    }

    /// Path and query as they are sent: the same text that is signed.
    package var target: String {
        let path = URIEncoding.encode(path: path)
        return query.isEmpty ? path : "\(path)?\(Self.encoded(query))"
    }

    /// The query string in canonical form: encoded first, then sorted by name and value; every name
    /// has its `=`.
    static func encoded(_ query: [(name: String, value: String)]) -> String {
        query.map { (URIEncoding.encode($0.name), URIEncoding.encode($0.value)) }
            .sorted { left, right in
                left.0 == right.0
                    ? left.1.utf8.lexicographicallyPrecedes(right.1.utf8)
                    : left.0.utf8.lexicographicallyPrecedes(right.0.utf8)
            }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }
}
