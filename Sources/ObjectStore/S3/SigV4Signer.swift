import Crypto
package import Domain
import Foundation

/// AWS Signature Version 4 for S3: by header and, for URLs that are handed on, by query.
///
/// A pure value: the moment comes from the caller. S3's own rules hold: the path is encoded once and
/// never normalised. Source: "Authenticating Requests (AWS Signature Version 4)" of the S3 API.
package struct SigV4Signer: Sendable {
    /// Longest life of a presigned URL, seconds: S3's limit of seven days.
    package static let presignLimit = 604_800
    /// The hash of a body that is not part of the signature.
    package static let unsignedPayload = "UNSIGNED-PAYLOAD"
    /// SHA-256 of no bytes.
    package static let emptyPayload =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private static let algorithm = "AWS4-HMAC-SHA256"

    private let credentials: S3Credentials
    private let region: String
    private let service: String

    /// - Parameters:
    ///   - credentials: Whose the requests are.
    ///   - region: Such as `eu-central-1`.
    ///   - service: Part of the scope; `s3` but in tests.
    package init(credentials: S3Credentials, region: String, service: String = "s3") {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// Signs a request by header.
    ///
    /// - Parameters:
    ///   - request: `host` and all `headers` are signed.
    ///   - payload: 64 lower-case hex digits of the body's SHA-256, or `unsignedPayload`.
    ///   - now: The server's time, as well as it is known.
    /// - Returns: The headers to send besides `host`: the request's own, and those of the signature.
    package func headers(
        for request: SignableRequest,
        payload: String,
        at now: WallTime
    ) -> [(name: String, value: String)] {
        let stamp = Self.stamp(now)
        var headers = request.headers
        headers.append(("x-amz-content-sha256", payload))
        headers.append(("x-amz-date", stamp))
        if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        let canonical = Self.canonical(headers + [("host", request.host)])
        let signature = sign(request, request.query, canonical, payload, stamp)
        let names = canonical.map(\.name).joined(separator: ";")
        headers.append(
            (
                "Authorization",
                "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope(stamp)), "
                    + "SignedHeaders=\(names), Signature=\(signature)"
            )
        )
        return headers
    }

    /// Signs a request by query, for whoever holds the URL.
    ///
    /// - Parameters:
    ///   - request: `host` and all `headers` are signed: the holder must send the same.
    ///   - seconds: How long it is good, 1 to `presignLimit`; other values are brought into it.
    ///   - now: The first moment at which it is good.
    /// - Returns: The whole query string, encoded.
    package func presignedQuery(
        for request: SignableRequest,
        seconds: Int,
        at now: WallTime
    ) -> String {
        let stamp = Self.stamp(now)
        let canonical = Self.canonical(request.headers + [("host", request.host)])
        var query = request.query
        query.append(("X-Amz-Algorithm", Self.algorithm))
        query.append(("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(stamp))"))
        query.append(("X-Amz-Date", stamp))
        query.append(("X-Amz-Expires", String(min(max(1, seconds), Self.presignLimit))))
        query.append(("X-Amz-SignedHeaders", canonical.map(\.name).joined(separator: ";")))
        if let token = credentials.sessionToken { query.append(("X-Amz-Security-Token", token)) }
        let signature = sign(request, query, canonical, Self.unsignedPayload, stamp)
        return SignableRequest.encoded(query) + "&X-Amz-Signature=\(signature)"
    }

    /// `20260131T093000Z`.
    private static func stamp(_ now: WallTime) -> String {
        now.description.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    private func scope(_ stamp: String) -> String {
        "\(stamp.prefix(8))/\(region)/\(service)/aws4_request"
    }

    /// Headers by lower-case name, in order of their names; runs of spaces count as one, and equal
    /// names are one header with their values in order.
    private static func canonical(
        _ headers: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for (name, value) in headers {
            let words = value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
            values[name.lowercased(), default: []].append(words)
        }
        return values.map { ($0.key, $0.value.joined(separator: ",")) }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }

    private func sign(
        _ request: SignableRequest,
        _ query: [(name: String, value: String)],
        _ headers: [(name: String, value: String)],
        _ payload: String,
        _ stamp: String
    ) -> String {
        let lines =
            [
                request.method, URIEncoding.encode(path: request.path),
                SignableRequest.encoded(query),
            ]
            + headers.map { "\($0.name):\($0.value)" }
            + ["", headers.map(\.name).joined(separator: ";"), payload]
        let hash = FileHash.hex(SHA256.hash(data: Data(lines.joined(separator: "\n").utf8)))
        let text = [Self.algorithm, stamp, scope(stamp), hash].joined(separator: "\n")
        var key = SymmetricKey(data: Data("AWS4\(credentials.secretAccessKey)".utf8))
        for part in [String(stamp.prefix(8)), region, service, "aws4_request"] {
            key = SymmetricKey(
                data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key)
            )
        }
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)
        return code.map { HexByte.text($0) }.joined()
    }
}
