import Settings

extension SettingsReader {
    /// Reports what the roles that `sparc up` starts would refuse, so that a bad value stops the
    /// start with all problems at once instead of letting a role end again and again.
    mutating func reportProblemsOfRoles(_ variables: [String: String]) {
        // What `sparc up` gives the roles itself; each is well formed.
        let given = [
            "DATABASE_URL": "postgresql:///sparc", "SPARC_COORDINATOR_URL": "http://127.0.0.1",
            "SPARC_DATA_DIR": "/", "SPARC_MASTER_KEY": String(repeating: "0", count: 64),
            "SPARC_STORE": variables["SPARC_STORE"] ?? "/",
            "SPARC_WORKER_TOKEN": String(repeating: "0", count: 64),
        ]
        var all = variables.merging(given) { _, own in own }
        for name in given.keys { all[name + "_FILE"] = nil }
        var roles = Environment.reader(all)
        _ = CoordinatorSettings(reader: &roles)
        _ = IngestSettings(reader: &roles)
        var known = Set(problems.map(\.variable))
        for problem in roles.problems where known.insert(problem.variable).inserted {
            report(problem.variable, problem.problem, problem.example)
        }
    }
}
