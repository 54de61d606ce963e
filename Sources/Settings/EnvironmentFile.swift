/// Reads `NAME=value` lines (`.env.local`, `--env-file`): comments with `#`, optional `export`,
/// single or double quotes around the value. Pure: the caller reads the file.
package enum EnvironmentFile {
    /// More is not a settings file.
    package static let lineLimit = 1_000

    /// The variables, and the numbers of the lines that are none.
    package static func parse(_ text: String) -> (variables: [String: String], wrong: [Int]) {
        var variables: [String: String] = [:]
        var wrong: [Int] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, raw) in lines.prefix(lineLimit).enumerated() {
            var line = raw.drop { $0 == " " || $0 == "\t" }
            while let last = line.last, last == " " || last == "\t" || last == "\r" {
                line.removeLast()
            }
            if line.isEmpty || line.first == "#" { continue }
            if line.hasPrefix("export ") { line = line.dropFirst(7) }
            guard let equals = line.firstIndex(of: "="), equals != line.startIndex,
                line[..<equals].utf8.allSatisfy({
                    65...90 ~= $0 || 97...122 ~= $0 || 48...57 ~= $0 || $0 == 95
                })
            else {
                wrong.append(index + 1)
                continue
            }
            var value = line[line.index(after: equals)...]
            if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'",
                value.last == quote
            {
                value = value.dropFirst().dropLast()
            }
            variables[String(line[..<equals])] = String(value)
        }
        return (variables, wrong)
    }
}
