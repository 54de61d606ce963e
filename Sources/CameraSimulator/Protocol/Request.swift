/// A request of RTSP/1.0 or HTTP/1.1; header names in lower case.
struct Request: Hashable, Sendable {
    var method: String
    var url: String
    var version: String
    var headers: [String: String]

    var isHTTP: Bool {
        version.hasPrefix("HTTP/")
    }
}
