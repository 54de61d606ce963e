/// The rules that a compiler does not know. Each returns what it found, by line; empty is good.
enum SourceRules {
    static let longestFile = 500

    static func imports(_ text: String, target: String) -> [String] {
        guard let row = ImportTable.rows[target] else {
            return ["no row for \(target) in ImportTable.swift"]
        }
        let allowed = row.ours.union(row.outside).union(ImportTable.everywhere)
        return importedModules(text).filter { !allowed.contains($0.module) }
            .map { "\($0.line): \(target) may not import \($0.module)" }
    }

    /// The modules of all import lines: `package import struct Domain.Gap` gives `Domain`.
    static func importedModules(_ text: String) -> [(line: Int, module: String)] {
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor",
        ]
        let modifiers: Set<Substring> = ["package", "internal", "public", "private", "fileprivate"]
        var found: [(line: Int, module: String)] = []
        for (number, line) in lines(SwiftText.code(of: text)) {
            var words = line.split { $0 == " " || $0 == "\t" || $0 == ";" }[...]
            while let word = words.first, word.hasPrefix("@") || modifiers.contains(word) {
                words.removeFirst()
            }
            guard words.first == "import" else { continue }
            words.removeFirst()
            if let word = words.first, kinds.contains(word) { words.removeFirst() }
            guard let module = words.first?.split(separator: ".").first else { continue }
            found.append((number, String(module)))
        }
        return found
    }

    static func unsafeWords(_ text: String, target: String) -> [String] {
        guard !ImportTable.unsafeTargets.contains(target) else { return [] }
        return matches(#/\bunsafe\b/#, of: ["unsafe"], in: text)
            .map { "\($0): the word unsafe, outside the targets that may have it" }
    }

    static func length(_ text: String) -> [String] {
        let count = lines(text).count
        return count > longestFile ? ["\(count) lines; \(longestFile) at most"] : []
    }

    static func looseTasks(_ text: String, path: String) -> [String] {
        guard ImportTable.looseTasks[path] == nil else { return [] }
        let pattern = #/\bTask\b\s*(<[^>]*>\s*)?(\{|\(|\.detached|\.immediate)/#
        return matches(pattern, of: ["Task"], in: text)
            .map { "\($0): a loose task; use a task group, or list it with its reason" }
    }

    static func traps(_ text: String) -> [String] {
        matches(#/\btry!|\bas!/#, of: ["try!", "as!"], in: text).map { "\($0): try! or as!" }
    }

    static func prints(_ text: String, target: String) -> [String] {
        guard !ImportTable.printers.contains(target) else { return [] }
        return matches(#/(^|[^.\w])print\(/#, of: ["print("], in: text).map {
            "\($0): print in a library"
        }
    }

    /// Work that is left belongs into an issue, not into the source.
    static func leftovers(_ text: String) -> [String] {
        let pattern = #/\b(TODO|FIXME|XXX)\b/#.wordBoundaryKind(.simple)
        guard ["TODO", "FIXME", "XXX"].contains(where: { contains(text, $0) }) else { return [] }
        return lines(text).filter { $0.text.contains(pattern) }
            .map { "\($0.number): a note about work to be done" }
    }

    /// `@unchecked Sendable` needs a doc comment on the declaration that names the lock or thread.
    static func uncheckedSendables(_ text: String) -> [String] {
        let raw = lines(text)
        let reasons = #/\b(lock|locks|locked|mutex|thread|threads|queue)\b/#
            .wordBoundaryKind(.simple)
        var found: [String] = []
        for number in matches(#/@unchecked\s+Sendable/#, of: ["@unchecked"], in: text) {
            var comment = ""
            var place = number - 2
            while place >= 0, let line = raw[safe: place]?.text.drop(while: { $0 == " " }),
                line.hasPrefix("///") || line.hasPrefix("@")
            {
                comment = line.lowercased() + " " + comment
                place -= 1
            }
            if !comment.contains("@unchecked sendable") && !comment.contains(reasons)
                || comment.isEmpty
            {
                found.append("\(number): @unchecked Sendable without a word on lock or thread")
            }
        }
        return found
    }

    /// Every constant that names a metric has a doc comment: operators read it.
    static func metricNames(_ text: String) -> [String] {
        let raw = lines(text)
        let pattern = #/^\s*(package |public )?(static let|case) \w+.*"[a-z_]+"/#
        return raw.filter { $0.text.contains(pattern) }
            .filter { line in
                let above = raw[safe: line.number - 2]?.text.drop { $0 == " " }
                return above?.hasPrefix("///") != true
            }
            .map { "\($0.number): a metric name without a doc comment" }
    }

    /// Targets of links and images in Markdown that should be files.
    static func links(_ markdown: String) -> [String] {
        var isCode = false
        var found: [String] = []
        for (_, line) in lines(markdown) {
            if line.hasPrefix("```") { isCode.toggle() }
            guard !isCode else { continue }
            for match in line.matches(of: #/\]\(([^)\s]+)[^)]*\)/#) {
                let target = match.1.prefix { $0 != "#" }
                let isAddress = target.contains("://") || target.hasPrefix("mailto:")
                if !target.isEmpty, !isAddress { found.append(String(target)) }
            }
        }
        return found
    }

    /// What Package.swift declares as dependencies of our targets, as far as they are ours.
    static func declared(in package: String) -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        let pattern = #/(ours\(\s*|executableTarget\(\s*name:\s*)"(\w+)"/#
        for match in package.matches(of: pattern) {
            let rest = package[match.range.upperBound...]
            guard let open = rest.firstIndex(of: "[") else { continue }
            var depth = 0
            var end = open
            for index in rest[open...].indices {
                if rest[index] == "[" { depth += 1 }
                if rest[index] == "]" { depth -= 1 }
                end = index
                if depth == 0 { break }
            }
            let list = String(rest[open...end]).replacing(#/\([^()]*\)/#, with: "")
            found[String(match.2)] = Set(list.matches(of: #/"(\w+)"/#).map { String($0.1) })
        }
        return found
    }

    /// The lines whose code matches. `words` are what every match contains one of: most files have
    /// none, and a search for them is quicker. The end of a word is what a compiler takes for it:
    /// by default `Task.detached` would be one word.
    private static func matches<Output>(
        _ pattern: Regex<Output>,
        of words: [String],
        in text: String
    ) -> [Int] {
        guard words.contains(where: { contains(text, $0) }) else { return [] }
        let pattern = pattern.wordBoundaryKind(.simple)
        return lines(SwiftText.code(of: text))
            .filter { line in words.contains { contains(line.text, $0) } }
            .filter { $0.text.contains(pattern) }.map(\.number)
    }

    private static func contains(_ text: some StringProtocol, _ word: String) -> Bool {
        text.utf8.count >= word.utf8.count && Array(text.utf8).firstRange(of: word.utf8) != nil
    }

    private static func lines(_ text: String) -> [(number: Int, text: Substring)] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.enumerated().map { ($0.offset + 1, $0.element) }
    }
}

extension Array {
    /// Nil outside the bounds.
    fileprivate subscript(safe index: Int) -> Element? {
        indices.contains(index) ? self[index] : nil
    }
}
