import Settings
import Testing

/// `REDIS_URL` and `REDIS_CA_FILE`.
struct RedisSettingsTests {
    private func read(
        _ url: String,
        environment: String = "production",
        authorities: String? = nil
    ) -> (settings: RedisSettings?, problems: [SettingsProblem]) {
        var variables = ["REDIS_URL": url, "SPARC_ENV": environment]
        variables["REDIS_CA_FILE"] = authorities
        var reader = SettingsReader(variables: variables, files: [:])
        let settings = RedisSettings(reader: &reader)
        return (settings, reader.problems)
    }

    @Test func `all of a URL is read`() {
        let plain = read("redis://localhost:6379").settings
        #expect(plain?.host == "localhost" && plain?.port == 6_379 && plain?.isSecure == false)
        #expect(plain?.user == nil && plain?.password == nil && plain?.database == 0)
        let full = read("rediss://us%2Fer:p%40ss:w%25@redis.example.org:7000/3", authorities: "/ca")
        #expect(full.problems.isEmpty)
        #expect(full.settings?.user == "us/er" && full.settings?.password == "p@ss:w%")
        #expect(full.settings?.host == "redis.example.org" && full.settings?.port == 7_000)
        #expect(full.settings?.database == 3 && full.settings?.isSecure == true)
        #expect(full.settings?.authorities == "/ca")
        let short = read("redis://:pw@[::1]").settings
        #expect(short?.host == "[::1]" && short?.user == nil && short?.password == "pw")
        #expect(read("redis://pw@127.0.0.1/").settings?.password == "pw")
        var none = SettingsReader(variables: [:], files: [:])
        #expect(RedisSettings(reader: &none) == nil && none.problems.isEmpty)
    }

    @Test func `a wrong URL is a problem that repeats nothing of it`() {
        for url in [
            "http://canary", "redis:/canary", "redis://", "redis://:canary@", "redis://h:0",
            "redis://h:65536", "redis://h:x", "redis://h/x", "redis://h/10000",
            "redis://h?canary=1",
            "redis://u:%zz@h", "redis://u:%4@h", "redis://u:%+1@h", "redis://u:%ff@h", "redis://@h",
            "redis://u:@h",
            "redis://h h", "redis://[::1", "redis://h:1:2", "redis://hö", "redis://h/1/2",
        ] {
            let (settings, problems) = read(url, environment: "development")
            #expect(settings == nil, "\(url)")
            #expect(problems.map(\.variable) == ["REDIS_URL"], "\(url)")
            #expect(!"\(problems)".contains("canary"))
        }
        let secret = read("rediss://u:canary@h").settings
        #expect(!"\(String(describing: secret)) \(String(reflecting: secret))".contains("canary"))
    }

    @Test func `a password goes over the network with TLS alone`() {
        for host in ["redis", "10.0.0.1", "127.example.org", "[fd00::1]"] {
            for environment in ["production", "staging"] {
                let problems = read("redis://\(host)", environment: environment).problems
                #expect(problems.map(\.variable) == ["REDIS_URL"], "\(host)")
            }
            #expect(read("redis://\(host)", environment: "development").problems.isEmpty)
            #expect(read("rediss://\(host)").problems.isEmpty)
        }
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            #expect(read("redis://\(host)").problems.isEmpty)
        }
    }

    @Test func `authorities belong to TLS`() {
        #expect(read("rediss://h", authorities: "ca.pem").problems.count == 1)
        #expect(read("redis://localhost", authorities: "/ca.pem").problems.count == 1)
        #expect(read("", authorities: "/ca.pem").problems.map(\.variable) == ["REDIS_CA_FILE"])
    }
}
