/// Which credentials a bucket is asked with, by AWS's variables and in the order of its tools: keys,
/// a credentials file, a web identity, a container's service, the instance's service.
enum BucketCredentials {
    /// Where containers find their service if only a path is told (ECS).
    private static let containerHost = "http://169.254.170.2"
    private static let instanceService = "http://169.254.169.254"
    /// Beside https and this machine: services of ECS and EKS (AWS SDKs, container credential
    /// provider).
    private static let containerHosts = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]

    static func read(
        _ reader: inout SettingsReader,
        region: String,
        isOnAWS: Bool
    ) -> BucketSettings.Credentials {
        let hasKeys = ["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID_FILE"].contains {
            reader.text($0) != nil
        }
        if !hasKeys {
            if let path = reader.text("AWS_SHARED_CREDENTIALS_FILE") {
                return .sharedFile(path: path, profile: reader.text("AWS_PROFILE") ?? "default")
            }
            if let file = reader.text("AWS_WEB_IDENTITY_TOKEN_FILE") {
                return webIdentity(file, &reader, region: region)
            }
            if let found = container(&reader) { return found }
            if isOnAWS, !reader.flag("AWS_EC2_METADATA_DISABLED", default: false) {
                let example = instanceService
                let endpoint = reader.webAddress(
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                    example: example
                )
                return .instance(endpoint: endpoint ?? instanceService)
            }
        }
        return .parts(
            accessKeyID: part("AWS_ACCESS_KEY_ID", &reader, example: "AKIA…") ?? .value(""),
            secretAccessKey: part("AWS_SECRET_ACCESS_KEY", &reader, example: "(40 characters)")
                ?? .value(""),
            sessionToken: part("AWS_SESSION_TOKEN", &reader, example: nil)
        )
    }

    private static func webIdentity(
        _ file: String,
        _ reader: inout SettingsReader,
        region: String
    ) -> BucketSettings.Credentials {
        let example = "arn:aws:iam::123456789012:role/sparc-footage"
        let role = reader.text("AWS_ROLE_ARN")
        if role?.hasPrefix("arn:") != true {
            reader.report(
                "AWS_ROLE_ARN",
                "must name the role where AWS_WEB_IDENTITY_TOKEN_FILE is set",
                example
            )
        }
        let endpoint = reader.webAddress(
            "AWS_ENDPOINT_URL_STS",
            example: "https://sts.eu-central-1.amazonaws.com"
        )
        if let endpoint, !isSafe(endpoint, hosts: []) {
            reader.report(
                "AWS_ENDPOINT_URL_STS",
                "must be https, or on this machine",
                "https://sts.eu-central-1.amazonaws.com"
            )
        }
        return .webIdentity(
            endpoint: endpoint ?? "https://sts.\(region).amazonaws.com",
            role: role ?? "",
            session: reader.text("AWS_ROLE_SESSION_NAME") ?? "sparc",
            tokenFile: file
        )
    }

    private static func container(
        _ reader: inout SettingsReader
    ) -> BucketSettings.Credentials? {
        let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
        let url: String
        if let path = reader.text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            url = containerHost + (path.hasPrefix("/") ? path : "/" + path)
        } else if let address = reader.webAddress(full, example: containerHost + "/v1/credentials")
        {
            if !isSafe(address, hosts: containerHosts) {
                reader.report(
                    full,
                    "must be https, on this machine, or a service of ECS or EKS",
                    "http://169.254.170.23/v1/credentials"
                )
            }
            url = address
        } else {
            return nil
        }
        // The file is exchanged while the process runs.
        let file = reader.text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        let value = reader.text("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        return .container(
            url: url,
            authorization: file.map { .file($0) } ?? value.map { .value($0) }
        )
    }

    /// Whether credentials may come from there: nobody on the way reads them.
    private static func isSafe(_ url: String, hosts: [String]) -> Bool {
        if url.hasPrefix("https://") { return true }
        let authority = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" }
        if authority.contains("@") { return false }
        let host =
            authority.hasPrefix("[")
            ? String(authority.prefix { $0 != "]" }) + "]" : String(authority.prefix { $0 != ":" })
        let isHere = host == "localhost" || host == "[::1]" || isLoopback(host)
        return isHere || hosts.contains(host)
    }

    /// `127.a.b.c`, and no name that only begins so.
    private static func isLoopback(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// - Parameter example: Nil for what may be missing.
    private static func part(
        _ name: String,
        _ reader: inout SettingsReader,
        example: String?
    ) -> BucketSettings.Part? {
        let before = reader.problems.count
        guard let value = reader.secret(name), !value.isEmpty else {
            if let example, reader.problems.count == before {
                reader.report(name, "is not set, and S3_BUCKET is", example)
            }
            return nil
        }
        return reader.text(name + "_FILE").map { .file($0) } ?? .value(value)
    }
}
