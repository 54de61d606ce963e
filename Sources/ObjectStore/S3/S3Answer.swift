import Domain
import Transfer

/// What an answer of the store means. A value, without clock or network.
struct S3Answer: Sendable {
    enum Meaning: Sendable {
        case success
        case notFound
        /// `If-None-Match: *` met an object.
        case exists
        /// The body is not that of its hash.
        case otherContent
        /// The moment of the signature is too far from the store's clock.
        case otherClock
        /// The credentials are not, or no longer, known.
        case otherCredentials
        case failure(ObjectStoreError)
    }

    /// S3 refuses signatures of more than 15 minutes before or after its clock. An answer to HEAD has
    /// no code, so a 403 with a clock this far away counts as that.
    private static let clockTolerance: Int64 = 600_000_000

    let response: HTTPResponse
    let meaning: Meaning
    /// The store's clock, where the answer has it.
    let date: WallTime?

    /// - Parameters:
    ///   - response: Of any status.
    ///   - signedAt: The moment in the signature.
    init(_ response: HTTPResponse, signedAt: WallTime) {
        self.response = response
        date = response.header("date").flatMap(HTTPDate.parse)
        let code = response.isSuccess ? "" : S3XML.parse(response.body)?["Code"] ?? ""
        let isFarAway =
            date.map { abs($0.microseconds - signedAt.microseconds) > Self.clockTolerance } ?? false
        meaning = Self.meaning(response, code, isFarAway: isFarAway)
    }

    private static func meaning(
        _ response: HTTPResponse,
        _ code: String,
        isFarAway: Bool
    ) -> Meaning {
        let status = response.status
        let name = code.isEmpty ? "status \(status)" : "\(code) (\(status))"
        switch code {
        case "RequestTimeTooSkewed", "RequestExpired": return .otherClock
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "InvalidAccessKeyId",
            "SignatureDoesNotMatch":
            return isFarAway ? .otherClock : .otherCredentials
        case "BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest": return .otherContent
        case "QuotaExceeded": return .failure(ObjectStoreError(.noSpace, name))
        case "NoSuchBucket":
            return .failure(ObjectStoreError(.unavailable, "the bucket does not exist"))
        default: break
        }
        switch status {
        case 200..<300: return .success
        case 300..<400:
            let region = response.header("x-amz-bucket-region").map { ": it is in \($0)" } ?? ""
            return .failure(ObjectStoreError(.unavailable, "the bucket is elsewhere\(region)"))
        case 403:
            if isFarAway { return .otherClock }
            // An answer to HEAD: which of the reasons it is cannot be known.
            if code.isEmpty { return .otherCredentials }
            return .failure(ObjectStoreError(.denied, name))
        case 404: return .notFound
        case 412: return .exists
        case 416: return .failure(ObjectStoreError(.invalidRange, name))
        case 429, 503: return .failure(ObjectStoreError(.busy, name))
        case 409 where code == "ConditionalRequestConflict":
            return .failure(ObjectStoreError(.busy, name))
        case 507: return .failure(ObjectStoreError(.noSpace, name))
        default:
            // Also what no retry mends: the footage is safe where it is, and a person sees it.
            return .failure(ObjectStoreError(.unavailable, name))
        }
    }
}
