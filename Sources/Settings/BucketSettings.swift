/// A bucket of S3 or of a service that speaks its protocol.
package struct BucketSettings: Sendable {
    /// A value, or the path of the file that holds it and is read again when it changes.
    package enum Part: Sendable, Hashable {
        case value(String)
        case file(String)
    }

    package enum Credentials: Sendable, Hashable {
        /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, each also `_FILE`.
        case parts(accessKeyID: Part, secretAccessKey: Part, sessionToken: Part?)
        /// `AWS_SHARED_CREDENTIALS_FILE` and `AWS_PROFILE`.
        case sharedFile(path: String, profile: String)
        /// `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN`, `AWS_ROLE_SESSION_NAME` and
        /// `AWS_ENDPOINT_URL_STS`: an EKS service account's role.
        case webIdentity(endpoint: String, role: String, session: String, tokenFile: String)
        /// `AWS_CONTAINER_CREDENTIALS_FULL_URI` or `…_RELATIVE_URI`, and
        /// `AWS_CONTAINER_AUTHORIZATION_TOKEN` or `…_TOKEN_FILE`: EKS Pod Identity, ECS.
        case container(url: String, authorization: Part?)
        /// Nothing of all that, on AWS: the role of the EC2 instance.
        case instance(endpoint: String)
    }

    /// Every variable that is read here: what a process that starts another one hands on.
    package static let variables = [
        "S3_BUCKET", "S3_ENDPOINT", "S3_CA_FILE", "AWS_REGION", "AWS_ACCESS_KEY_ID",
        "AWS_ACCESS_KEY_ID_FILE", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY_FILE",
        "AWS_SESSION_TOKEN", "AWS_SESSION_TOKEN_FILE", "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
        "AWS_ENDPOINT_URL_STS", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_EC2_METADATA_DISABLED",
    ]

    /// `S3_BUCKET`.
    package var name: String
    /// `S3_ENDPOINT`: for anything but AWS.
    package var endpoint: String?
    /// `AWS_REGION`; needed without `S3_ENDPOINT`, else `us-east-1` by default.
    package var region: String
    package var credentials: Credentials
    /// `S3_CA_FILE`: certificate authorities to trust instead of the system's, PEM.
    package var authorities: String?

    /// Nil without `S3_BUCKET`; other variables of a bucket are then a problem.
    package init?(reader: inout SettingsReader) {
        guard let name = reader.text("S3_BUCKET") else {
            for variable in ["S3_ENDPOINT", "S3_CA_FILE"] where reader.text(variable) != nil {
                reader.report(variable, "is set without S3_BUCKET", "(set S3_BUCKET too)")
            }
            return nil
        }
        self.name = name
        if !Self.isName(name) {
            reader.report(
                "S3_BUCKET",
                "must be 3 to 63 lower-case letters, digits, dots and hyphens",
                "sparc-footage"
            )
        }
        endpoint = Self.endpoint(&reader)
        let region = reader.text("AWS_REGION")
        self.region = region ?? "us-east-1"
        if region == nil, reader.text("S3_ENDPOINT") == nil {
            reader.report("AWS_REGION", "is not set, and S3_ENDPOINT neither", "eu-central-1")
        } else if let region, !Self.isRegion(region) {
            reader.report("AWS_REGION", "is no name of a region", "eu-central-1")
        }
        credentials = BucketCredentials.read(
            &reader,
            region: self.region,
            isOnAWS: reader.text("S3_ENDPOINT") == nil
        )
        authorities = reader.text("S3_CA_FILE")
        if let authorities, !authorities.hasPrefix("/") {
            reader.report("S3_CA_FILE", "must be an absolute path", "/etc/sparc/ca.pem")
        }
    }

    private static func isName(_ name: String) -> Bool {
        func isEdge(_ byte: UInt8?) -> Bool {
            byte.map { 97...122 ~= $0 || 48...57 ~= $0 } ?? false
        }
        return 3...63 ~= name.utf8.count && isEdge(name.utf8.first) && isEdge(name.utf8.last)
            && name.utf8.allSatisfy { isEdge($0) || $0 == 45 || $0 == 46 }
            && !name.contains("..")
    }

    private static func isRegion(_ name: String) -> Bool {
        name.utf8.count <= 63
            && name.utf8.allSatisfy { 97...122 ~= $0 || 48...57 ~= $0 || $0 == 45 }
    }

    /// Plain `http` is for development and for a store on the same machine.
    private static func endpoint(_ reader: inout SettingsReader) -> String? {
        let example = "https://rgw.example.org:7480"
        guard let url = reader.webAddress("S3_ENDPOINT", example: example) else { return nil }
        let isSecure = url.hasPrefix("https://")
        let authority = url.dropFirst(isSecure ? 8 : 7)
        if authority.contains(where: { "/?#@".contains($0) }) {
            reader.report("S3_ENDPOINT", "must be scheme, host and port only", example)
        }
        let host = authority.prefix { $0 != ":" }
        let isHere = host == "localhost" || host.hasPrefix("127.") || authority.hasPrefix("[::1]")
        let isDevelopment = reader.text("SPARC_ENV")?.lowercased() == "development"
        if !isSecure, !isHere, !isDevelopment {
            reader.report("S3_ENDPOINT", "must be https outside development", example)
        }
        return url
    }
}
