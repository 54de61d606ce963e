/// Why the object store could not do something. Retryable or not by code.
package struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case notFound = "not_found"
        /// The key is in use by other bytes: an alarm, never overwritten.
        case conflict
        /// The bytes are not those that the hash promises.
        case wrongHash = "wrong_hash"
        /// The key is not of the form that this project writes.
        case invalidKey = "invalid_key"
        case noSpace = "no_space"
        /// The store does not take writes, or cannot be reached.
        case unavailable
        /// The store asks for fewer requests.
        case busy
        /// The store does not accept the credentials, the clock or the permission: for a person to
        /// mend, and then it goes on.
        case denied
        /// The range lies outside the object.
        case invalidRange = "invalid_range"
        case damaged
        /// The disk or the permission of this one object keeps its bytes back, and trying again
        /// changes nothing: all others may be read.
        case unreadable
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var isRetryable: Bool {
        switch code {
        case .noSpace, .unavailable, .busy, .denied: true
        case .notFound, .conflict, .wrongHash, .invalidKey, .invalidRange, .damaged, .unreadable:
            false
        }
    }

    package var description: String {
        "\(code.rawValue): \(message)"
    }
}
