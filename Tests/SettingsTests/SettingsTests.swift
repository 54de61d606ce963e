import Domain
import Settings
import Testing

@Suite struct SettingsTests {
    @Test func `a coordinator without settings hears of every missing one at once`() {
        var reader = SettingsReader(variables: [:], files: [:])
        _ = CoordinatorSettings(reader: &reader)
        #expect(
            Set(reader.problems.map(\.variable))
                == ["DATABASE_URL", "SPARC_MASTER_KEY", "SPARC_WORKER_TOKEN", "SPARC_STORE"]
        )
    }

    @Test func `wrong values are named with an example and never repeated`() {
        var reader = SettingsReader(
            variables: [
                "API_GATEWAY_PORT": "70000", "SPARC_ENV": "prod", "LOG_LEVEL": "loud",
                "ENABLE_CORS": "yes", "CAMERA_NETWORKS": "10.0.0.0/8,everything",
                "SPARC_WORKER_TOKEN": "hunter2", "DATABASE_URL": "postgresql:///sparc",
                "SPARC_MASTER_KEY": "x", "SPARC_STORE": "/s",
            ],
            files: [:]
        )
        _ = CoordinatorSettings(reader: &reader)
        #expect(
            reader.problems.map(\.variable).sorted() == [
                "API_GATEWAY_PORT", "CAMERA_NETWORKS", "ENABLE_CORS", "LOG_LEVEL", "SPARC_ENV",
                "SPARC_WORKER_TOKEN",
            ]
        )
        for problem in reader.problems {
            #expect(problem.description.contains("for example \(problem.variable)="))
            #expect(!problem.description.contains("hunter2"))
        }
        #expect(throws: SettingsError.self) { try reader.check() }
    }

    @Test func `a secret comes from its file without the last newline`() {
        var reader = SettingsReader(
            variables: ["A_FILE": "/a", "B": "b", "B_FILE": "/b", "C_FILE": "/missing"],
            files: ["A_FILE": "secret\n", "B_FILE": "other"]
        )
        #expect(reader.secret("A") == "secret")
        #expect(reader.secret("B") == nil)
        #expect(reader.secret("C") == nil)
        #expect(reader.problems.map(\.variable) == ["B", "C_FILE"])
    }

    @Test func `ingest needs a coordinator, a token and a folder and nothing else`() {
        var reader = SettingsReader(
            variables: [
                "SPARC_COORDINATOR_URL": "http://127.0.0.1:3000/",
                "SPARC_WORKER_TOKEN": String(repeating: "t", count: 64),
                "SPARC_DATA_DIR": "/var/lib/sparc",
            ],
            files: [:]
        )
        let settings = IngestSettings(reader: &reader)
        #expect(reader.problems.isEmpty)
        #expect(settings.coordinatorURL == "http://127.0.0.1:3000")
        guard case .folder("/var/lib/sparc/store") = settings.store else {
            Issue.record("the store is not the folder by default")
            return
        }
        #expect(settings.cameraNetworks == .privateNetworks)
    }

    private let ingest = [
        "SPARC_COORDINATOR_URL": "http://127.0.0.1:3000", "SPARC_DATA_DIR": "/var/lib/sparc",
        "SPARC_WORKER_TOKEN": String(repeating: "t", count: 64),
    ]

    @Test func `the spool's limits have defaults, and values outside are told of`() {
        var plain = SettingsReader(variables: ingest, files: [:])
        let defaults = IngestSettings(reader: &plain)
        #expect(defaults.spoolFreePercent == 10 && defaults.spoolLimitMegabytes == nil)
        var given = SettingsReader(
            variables: ingest.merging([
                "SPARC_SPOOL_FREE_PERCENT": "25", "SPARC_SPOOL_LIMIT_MB": "2000",
            ]) { $1 },
            files: [:]
        )
        let settings = IngestSettings(reader: &given)
        #expect(given.problems.isEmpty)
        #expect(settings.spoolFreePercent == 25 && settings.spoolLimitMegabytes == 2_000)
        var wrong = SettingsReader(
            variables: ingest.merging([
                "SPARC_SPOOL_FREE_PERCENT": "0", "SPARC_SPOOL_LIMIT_MB": "2 GB",
            ]) { $1 },
            files: [:]
        )
        _ = IngestSettings(reader: &wrong)
        #expect(
            wrong.problems.map(\.variable) == ["SPARC_SPOOL_FREE_PERCENT", "SPARC_SPOOL_LIMIT_MB"]
        )
    }

    @Test func `a secret for tokens is long, and no sample outside development`() {
        let sample = "your-super-secret-jwt-key-min-32-chars"
        let good = "kP3v9ZqL0sXw2Rt7Yb5Nc8Md1Fg4Hj6Q"
        for (environment, text, problems, notes) in [
            ("production", nil, 0, 0), ("production", good, 0, 0), ("production", sample, 1, 0),
            ("staging", sample, 1, 0), ("development", sample, 0, 1),
            ("development", "tiny-kP3v9Z", 1, 0),
            ("production", String(repeating: "ab", count: 40), 1, 0),
        ] as [(String, String?, Int, Int)] {
            var variables: [String: String] = [:]
            variables["JWT_SECRET"] = text
            var reader = SettingsReader(variables: variables, files: [:])
            let found = reader.tokenSecret(DeploymentEnvironment(rawValue: environment)!)
            #expect(found == text)
            #expect(reader.problems.count == problems, "\(text ?? "-")")
            #expect(reader.notes.count == notes)
            #expect(!reader.problems.contains { "\($0)".contains(text ?? "canary") })
        }
    }

    @Test func `the store's quota is gigabytes, or none`() {
        for (text, bytes, problems) in [
            (nil, nil, 0), ("2", 2_000_000_000, 0), ("0", nil, 1), ("2 TB", nil, 1),
        ] as [(String?, Int?, Int)] {
            var variables: [String: String] = [:]
            variables["SPARC_STORE_QUOTA_GB"] = text
            var reader = SettingsReader(variables: variables, files: [:])
            let found = reader.storeQuota()
            #expect(reader.problems.count == problems)
            if problems == 0 { #expect(found == bytes) }
        }
    }

    @Test func `a bucket needs a region or an endpoint, and credentials`() {
        var reader = SettingsReader(
            variables: ingest.merging(["S3_BUCKET": "Sparc_Footage"]) { $1 },
            files: [:]
        )
        _ = IngestSettings(reader: &reader)
        #expect(
            reader.problems.map(\.variable) == ["S3_BUCKET", "AWS_REGION"],
            "the instance may have a role"
        )
        var keys = SettingsReader(
            variables: ingest.merging([
                "S3_BUCKET": "footage", "S3_ENDPOINT": "https://s3.example.org",
            ]) { $1 },
            files: [:]
        )
        _ = IngestSettings(reader: &keys)
        #expect(
            keys.problems.map(\.variable) == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        )
        var other = SettingsReader(
            variables: ingest.merging(["S3_ENDPOINT": "https://s3.example.org"]) { $1 },
            files: [:]
        )
        _ = IngestSettings(reader: &other)
        #expect(other.problems.map(\.variable) == ["S3_ENDPOINT"])
    }

    @Test(
        arguments: [
            ("http://s3.example.org", "production", false), ("http://127.0.0.1:9000", nil, true),
            ("http://localhost:9000", "staging", true),
            ("http://s3.example.org", "development", true),
            ("https://s3.example.org:9000/", nil, true),
            ("https://s3.example.org/bucket", nil, false),
            ("https://user@s3.example.org", nil, false), ("ftp://s3.example.org", nil, false),
        ] as [(String, String?, Bool)]
    )
    func `an endpoint is scheme, host and port, and plain only where nobody listens`(
        url: String,
        environment: String?,
        isGood: Bool
    ) {
        var variables = ingest.merging([
            "S3_BUCKET": "sparc-footage", "S3_ENDPOINT": url, "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_SECRET_ACCESS_KEY": "secret",
        ]) { $1 }
        variables["SPARC_ENV"] = environment
        var reader = SettingsReader(variables: variables, files: [:])
        _ = IngestSettings(reader: &reader)
        #expect(reader.problems.isEmpty == isGood, "\(reader.problems)")
    }

    @Test func `a bucket's secrets come from files that are read again later`() {
        let variables = ingest.merging([
            "S3_BUCKET": "sparc-footage", "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY_FILE": "/run/secret",
            "AWS_SESSION_TOKEN_FILE": "/run/token",
        ]) { $1 }
        var reader = SettingsReader(
            variables: variables,
            files: ["AWS_SECRET_ACCESS_KEY_FILE": "s", "AWS_SESSION_TOKEN_FILE": "t"]
        )
        let settings = IngestSettings(reader: &reader)
        #expect(reader.problems.isEmpty)
        guard case .bucket(let bucket) = settings.store else {
            Issue.record("no bucket")
            return
        }
        #expect(
            bucket.credentials
                == .parts(
                    accessKeyID: .value("AKIA"),
                    secretAccessKey: .file("/run/secret"),
                    sessionToken: .file("/run/token")
                )
        )
        var shared = SettingsReader(
            variables: ingest.merging([
                "S3_BUCKET": "sparc-footage", "AWS_REGION": "eu-central-1",
                "AWS_SHARED_CREDENTIALS_FILE": "/run/credentials",
            ]) { $1 },
            files: ["AWS_SHARED_CREDENTIALS_FILE": "[default]"]
        )
        _ = IngestSettings(reader: &shared)
        #expect(shared.problems.isEmpty)
    }

    private func bucket(
        _ variables: [String: String]
    ) -> (credentials: BucketSettings.Credentials?, wrong: [String]) {
        let own = ["S3_BUCKET": "sparc-footage", "AWS_REGION": "eu-central-1"]
        var reader = SettingsReader(
            variables: ingest.merging(own) { $1 }.merging(variables) { $1 },
            files: [:]
        )
        let settings = IngestSettings(reader: &reader)
        guard case .bucket(let bucket) = settings.store else { return (nil, []) }
        return (bucket.credentials, reader.problems.map(\.variable))
    }

    @Test func `without keys the services of AWS are asked, in the order of its tools`() {
        let identity = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/run/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        ]
        let container = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/run/pod",
        ]
        #expect(bucket([:]).credentials == .instance(endpoint: "http://169.254.169.254"))
        #expect(
            bucket(container).credentials
                == .container(
                    url: "http://169.254.170.23/v1/credentials",
                    authorization: .file("/run/pod")
                )
        )
        #expect(
            bucket(container.merging(identity) { $1 }).credentials
                == .webIdentity(
                    endpoint: "https://sts.eu-central-1.amazonaws.com",
                    role: "arn:aws:iam::1:role/r",
                    session: "sparc",
                    tokenFile: "/run/token"
                )
        )
        #expect(
            bucket(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"]).credentials
                == .container(url: "http://169.254.170.2/v2/x", authorization: nil)
        )
        // No service of AWS stands beside another store.
        #expect(
            bucket(["S3_ENDPOINT": "https://rgw.example.org"]).wrong.contains("AWS_ACCESS_KEY_ID")
        )
        #expect(bucket(["AWS_EC2_METADATA_DISABLED": "true"]).wrong.contains("AWS_ACCESS_KEY_ID"))
    }

    @Test(arguments: [
        ("http://127.0.0.1:9/c", true), ("http://localhost/c", true), ("http://[::1]:9/c", true),
        ("https://example.org/c", true), ("http://[fd00:ec2::23]/c", true),
        ("http://169.254.170.2/c", true), ("http://example.org/c", false),
        ("http://127.0.0.1.example.org/c", false), ("http://169.254.169.254/c", false),
        ("http://localhost.example.org/c", false), ("http://169.254.170.2@example.org/c", false),
        ("http://localhost:x@example.org/c", false),
    ])
    func `credentials come from where nobody reads along`(url: String, isGood: Bool) {
        let found = bucket(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        #expect(found.wrong.isEmpty == isGood, "\(found.wrong)")
    }

    @Test func `viewers cannot be sent to a folder`() {
        var reader = SettingsReader(variables: ["S3_DIRECT_PLAYBACK": "true"], files: [:])
        _ = CoordinatorSettings(reader: &reader)
        #expect(reader.problems.map(\.variable).contains("S3_DIRECT_PLAYBACK"))
    }

    @Test func `open origins are refused in production`() {
        var reader = SettingsReader(variables: ["ENABLE_CORS": "true"], files: [:])
        _ = CoordinatorSettings(reader: &reader)
        #expect(reader.problems.contains { $0.variable == "ENABLE_CORS" })
    }

    @Test func `origins are listed as browsers name them, in production too`() throws {
        func read(_ variables: [String: String]) -> (CoordinatorSettings, [String]) {
            var reader = SettingsReader(variables: variables, files: [:])
            let settings = CoordinatorSettings(reader: &reader)
            return (settings, reader.problems.map(\.variable))
        }
        let list = "https://a.example.com, http://10.0.0.5:8080"
        for flag in [nil, "true"] {
            var variables = ["CORS_ORIGINS": list]
            variables["ENABLE_CORS"] = flag
            let (settings, wrong) = read(variables)
            #expect(settings.origins == ["https://a.example.com", "http://10.0.0.5:8080"])
            #expect(!settings.allowsAllOrigins)
            #expect(!wrong.contains("ENABLE_CORS") && !wrong.contains("CORS_ORIGINS"))
        }
        #expect(read(["CORS_ORIGINS": list, "ENABLE_CORS": "false"]).0.origins.isEmpty)
        for text in [
            "*", "null", "a.example.com", "https://a.example.com/", "https://A.example.com",
            "https://a.example.com:443", "http://a:80", "https://", "https://a:0",
            "https://a:08443",
            "https://a.example.com,", "ftp://a", "https://u@a", "https://a b", "https://.a",
        ] {
            // One that is wrong never opens all.
            let (settings, wrong) = read(["CORS_ORIGINS": text, "SPARC_ENV": "development"])
            #expect(wrong.contains("CORS_ORIGINS") == (text != "https://a.example.com,"), "\(text)")
            #expect(!settings.allowsAllOrigins)
        }
    }

    @Test func `rates have defaults, and 0 is none`() throws {
        var reader = SettingsReader(
            variables: [
                "SPARC_RATE_WRITES": "0", "SPARC_RATE_TENANT": "3", "SPARC_RATE_UNKNOWN": "7",
            ],
            files: [:]
        )
        let limits = reader.rateLimits()
        #expect(limits.writes == 0 && limits.reads == 6_000 && limits.playlists == 12_000)
        #expect(limits.tenantFactor == 3 && limits.unknown == 7)
        #expect(RateLimits.standard.unknown == 600)
        try reader.check()
        var wrong = SettingsReader(
            variables: [
                "SPARC_RATE_READS": "-1", "SPARC_RATE_TENANT": "0", "SPARC_RATE_UNKNOWN": "many",
            ],
            files: [:]
        )
        _ = wrong.rateLimits()
        #expect(
            wrong.problems.map(\.variable) == [
                "SPARC_RATE_READS", "SPARC_RATE_TENANT", "SPARC_RATE_UNKNOWN",
            ]
        )
    }

    @Test func `a settings file is read line by line, and wrong lines are counted`() {
        let (variables, wrong) = EnvironmentFile.parse(
            """
            # comment
            A=1
            export B="two words"
            C='x=y'
              D=
            not a line
            =nothing
            """
        )
        #expect(variables == ["A": "1", "B": "two words", "C": "x=y", "D": ""])
        #expect(wrong == [6, 7])
    }

    private static let whole = [
        "DATABASE_URL": "postgresql:///sparc", "SPARC_MASTER_KEY": "x", "SPARC_STORE": "/s",
        "SPARC_WORKER_TOKEN": String(repeating: "t", count: 64),
    ]

    private func coordinator(
        _ more: [String: String]
    ) -> (settings: CoordinatorSettings, problems: [String], notes: [String]) {
        var reader = SettingsReader(variables: Self.whole.merging(more) { $1 }, files: [:])
        let settings = CoordinatorSettings(reader: &reader)
        return (settings, reader.problems.map(\.variable), reader.notes)
    }

    @Test func `the master key before may be given in a variable or a file, once`() {
        let name = "SPARC_MASTER_KEY_PREVIOUS"
        #expect(coordinator([:]).settings.previousMasterKey == nil)
        #expect(coordinator([name: "old"]).settings.previousMasterKey == "old")
        #expect(coordinator([name: "old", name + "_FILE": "/f"]).problems == [name])
        var reader = SettingsReader(
            variables: Self.whole.merging([name + "_FILE": "/f"]) { $1 },
            files: [name + "_FILE": "old\n"]
        )
        #expect(RetentionSettings(reader: &reader, deletes: false).previousMasterKey == "old")
        #expect(reader.problems.isEmpty)
    }

    @Test(
        arguments: [
            ("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800), ("0s", 0), ("", nil),
            ("15", nil), ("m", nil), ("-1m", nil), ("1.5h", nil), ("15 m", nil), ("1w", nil),
            ("9999999999d", nil), ("٣m", nil),
        ] as [(String, Int64?)]
    )
    func `lengths of time have a unit`(_ text: String, _ seconds: Int64?) {
        #expect(DurationText.seconds(text) == seconds)
    }

    @Test func `lengths of time are shown with their largest unit`() {
        #expect(
            [90, 900, 86_400, 604_800, 3_660, 0].map { DurationText.text($0) }
                == ["90s", "15m", "1d", "7d", "61m", "0s"]
        )
    }

    @Test func `tokens live as long as is set, an access token at most 15 minutes`() {
        let plain = coordinator([:])
        #expect(plain.settings.tokens.access == 600)
        #expect(plain.settings.tokens.refresh == 604_800)
        #expect(plain.notes.isEmpty && plain.problems.isEmpty)
        let short = coordinator(["JWT_EXPIRES_IN": "5m", "REFRESH_TOKEN_EXPIRES_IN": "12h"])
        #expect(short.settings.tokens.access == 300)
        #expect(short.settings.tokens.refresh == 43_200)
        #expect(short.notes.isEmpty)
        let guide = coordinator(["JWT_EXPIRES_IN": "24h", "REFRESH_TOKEN_EXPIRES_IN": "7d"])
        #expect(guide.settings.tokens.access == 900)
        #expect(guide.problems.isEmpty)
        #expect(guide.notes.count == 1)
        #expect(guide.notes.first?.hasPrefix("JWT_EXPIRES_IN is 1d; 15m is used") == true)
        let wrong = coordinator(["JWT_EXPIRES_IN": "soon", "REFRESH_TOKEN_EXPIRES_IN": "1m"])
        #expect(wrong.problems == ["JWT_EXPIRES_IN", "REFRESH_TOKEN_EXPIRES_IN"])
    }

    @Test func `ports of single services are accepted, and said to be unused`() {
        let same = coordinator(["API_GATEWAY_PORT": "3001", "AUTH_SERVICE_PORT": "3001"])
        #expect(same.notes.isEmpty && same.problems.isEmpty)
        let other = coordinator(["AUTH_SERVICE_PORT": "3001", "TENANT_SERVICE_PORT": "3002"])
        #expect(other.problems.isEmpty)
        #expect(other.notes.count == 1)
        #expect(other.notes.first?.contains("API_GATEWAY_PORT (3000)") == true)
        #expect(other.notes.first?.contains("AUTH_SERVICE_PORT, TENANT_SERVICE_PORT") == true)
        #expect(coordinator(["AUTH_SERVICE_PORT": "x"]).problems == ["AUTH_SERVICE_PORT"])
    }

    @Test func `variables without effect are named in one line, without their values`() {
        let set = coordinator(["NODE_ENV": "canary"])
        #expect(set.problems.isEmpty)
        #expect(set.notes == ["set, and without effect yet: NODE_ENV"])
    }
}
