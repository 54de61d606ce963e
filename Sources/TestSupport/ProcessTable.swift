import Foundation

/// What /proc says of the processes of this machine.
package enum ProcessTable {
    package struct Entry: Sendable, Hashable {
        package let id: Int32
        package let parent: Int32
        /// Arguments, separated by spaces.
        package let command: String
        /// The role: the word after the program's name, such as `recorder`.
        package var role: String {
            let words = command.split(separator: " ")
            return words.count > 1 ? String(words[1]) : ""
        }
    }

    /// All processes.
    package static func all() -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap(entry)
    }

    /// A process and all that it started, directly or not.
    package static func descendants(of root: Int32) -> [Entry] {
        let everyone = all()
        var found = everyone.filter { $0.id == root }
        var known: Set<Int32> = [root]
        var grew = true
        while grew {
            grew = false
            for entry in everyone where known.contains(entry.parent) && !known.contains(entry.id) {
                known.insert(entry.id)
                found.append(entry)
                grew = true
            }
        }
        return found
    }

    /// Processes whose arguments or environment hold a text.
    package static func all(mentioning text: String) -> [Entry] {
        let own = ProcessInfo.processInfo.processIdentifier
        return all().filter { entry in
            guard entry.id != own else { return false }
            return entry.command.contains(text)
                || read("/proc/\(entry.id)/environ").contains(text)
        }
    }

    private static func entry(_ id: Int32) -> Entry? {
        let status = read("/proc/\(id)/stat")
        // pid (name) state ppid …; the name may hold spaces and brackets.
        guard let close = status.lastIndex(of: ")") else { return nil }
        let fields = status[status.index(after: close)...].split(separator: " ")
        guard fields.count > 1, let parent = Int32(fields[1]), fields[0] != "Z" else { return nil }
        let command = read("/proc/\(id)/cmdline").replacingOccurrences(of: "\0", with: " ")
        return Entry(id: id, parent: parent, command: command)
    }

    private static func read(_ path: String) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? handle.close() }
        return String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    }
}
