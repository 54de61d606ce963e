/// The address of a bucket's service, and how a bucket is named in it.
package struct S3Endpoint: Sendable, Hashable {
    package var isSecure: Bool
    /// Host, with the port unless it is the scheme's own.
    package var host: String
    /// Whether the bucket is part of the path; else it is part of the host's name.
    package var hasBucketInPath: Bool

    /// AWS's endpoint of a region.
    ///
    /// A bucket with dots is named by path: no certificate covers it as a host.
    package init(region: String, bucket: String) {
        isSecure = true
        hasBucketInPath = bucket.contains(".")
        let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        host = (hasBucketInPath ? "" : bucket + ".") + "s3.\(region).\(domain)"
    }

    /// Any other service: `http` or `https`, a host, perhaps a port, and no path. Nil for anything
    /// else.
    package init?(url: String) {
        let rest: Substring
        let ownPort: String
        if url.hasPrefix("https://") {
            (isSecure, rest, ownPort) = (true, url.dropFirst(8), ":443")
        } else if url.hasPrefix("http://") {
            (isSecure, rest, ownPort) = (false, url.dropFirst(7), ":80")
        } else {
            return nil
        }
        let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard !authority.isEmpty,
            authority.utf8.allSatisfy({ $0 > 32 && $0 < 127 }),
            !authority.contains(where: { "/?#@\\\"".contains($0) })
        else { return nil }
        host = String(authority.hasSuffix(ownPort) ? authority.dropLast(ownPort.count) : authority)
            .lowercased()
        hasBucketInPath = true
    }

    package var scheme: String { isSecure ? "https" : "http" }
    package var origin: String { "\(scheme)://\(host)" }

    /// The path of a key, or of the bucket itself.
    package func path(bucket: String, key: String) -> String {
        hasBucketInPath ? "/\(bucket)/\(key)" : "/\(key)"
    }
}
