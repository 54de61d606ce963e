import Domain
import Transfer

/// One request to a bucket, before it is signed.
struct S3Request: Sendable {
    var method: HTTPRequest.Method
    /// Nil for the bucket itself.
    var key: ObjectKey?
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    /// SHA-256 of the body, 64 lower-case hex digits: the store refuses any other bytes.
    var payload = SigV4Signer.emptyPayload
    var body: [UInt8] = []
    var source: FileBody?
    var deadline = Duration.seconds(10)
    var stallLimit = Duration.seconds(10)
    /// Bytes. Answers without content are errors at most.
    var responseLimit = 64 << 10
    /// How often it is sent when the store is busy or the connection breaks; more than once only for
    /// what asks and changes nothing, since who ships waits longer than a viewer can.
    var tries = 1

    init(_ method: HTTPRequest.Method, key: ObjectKey? = nil) {
        self.method = method
        self.key = key
        if method == .get || method == .head { tries = 3 }
    }
}
