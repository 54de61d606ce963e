/// What is left of a limit after a request, for the headers of its answer
/// (draft-ietf-httpapi-ratelimit-headers).
package struct RateState: Hashable, Sendable {
    /// Name of the limit, such as `reads` or `tenant-reads`.
    package var name: String
    /// Requests in a window.
    package var limit: Int
    /// Requests that may be made at once.
    package var remaining: Int
    /// Seconds until one more may be made, if none is left; else until all are left again.
    package var reset: Int64
    /// Whether the request was refused by this one.
    package var isExceeded: Bool

    package init(name: String, limit: Int, remaining: Int, reset: Int64, isExceeded: Bool) {
        self.name = name
        self.limit = limit
        self.remaining = remaining
        self.reset = reset
        self.isExceeded = isExceeded
    }
}
