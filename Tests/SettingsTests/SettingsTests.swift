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
        #expect(settings.storeFolder == "/var/lib/sparc/store")
        #expect(settings.cameraNetworks == .privateNetworks)
    }

    @Test func `open origins are refused in production`() {
        var reader = SettingsReader(variables: ["ENABLE_CORS": "true"], files: [:])
        _ = CoordinatorSettings(reader: &reader)
        #expect(reader.problems.contains { $0.variable == "ENABLE_CORS" })
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
}
