/// One thing that is wrong with the configuration. Never holds the value: it may be a secret.
package struct SettingsProblem: Hashable, Sendable, CustomStringConvertible {
    /// The variable's name, such as `API_GATEWAY_PORT`.
    package let variable: String
    package let problem: String
    package let example: String

    package init(variable: String, problem: String, example: String) {
        self.variable = variable
        self.problem = problem
        self.example = example
    }

    package var description: String {
        "\(variable): \(problem); for example \(variable)=\(example)"
    }
}

/// All problems at once, so that a start fails once and not once per variable.
package struct SettingsError: Error, Sendable, CustomStringConvertible {
    package let problems: [SettingsProblem]

    package init(problems: [SettingsProblem]) {
        self.problems = problems
    }

    package var description: String {
        problems.map { "  \($0)" }.joined(separator: "\n")
    }
}
