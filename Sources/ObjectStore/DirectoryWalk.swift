import Files

/// Finds keys in a store's folder in the order in which S3 lists them.
struct DirectoryWalk {
    let root: String
    let prefix: String
    /// Only keys behind this one.
    let after: String?

    func keys(limit: Int) throws(FileError) -> [ObjectKey] {
        var found: [ObjectKey] = []
        try visit("", limit, &found)
        return found
    }

    private func visit(
        _ folder: String,
        _ limit: Int,
        _ found: inout [ObjectKey]
    ) throws(FileError) {
        var entries: [(text: String, isFolder: Bool)] = []
        for name in try FileSystem.names(in: "\(root)/\(folder)") where !name.hasPrefix(".") {
            let isFolder = try FileSystem.isFolder("\(root)/\(folder)\(name)")
            // With its slash a folder sorts among the files as its keys do.
            entries.append((folder + name + (isFolder ? "/" : ""), isFolder))
        }
        entries.sort { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
        for entry in entries {
            guard found.count < limit else { return }
            guard entry.text.hasPrefix(prefix) || (entry.isFolder && prefix.hasPrefix(entry.text))
            else { continue }
            if entry.isFolder {
                if mayFollow(entry.text) { try visit(entry.text, limit, &found) }
            } else if let key = ObjectKey(entry.text), isBehind(entry.text) {
                found.append(key)
            }
        }
    }

    private func isBehind(_ key: String) -> Bool {
        after.map { $0.utf8.lexicographicallyPrecedes(key.utf8) } ?? true
    }

    /// Whether a folder can hold keys behind `after`.
    private func mayFollow(_ folder: String) -> Bool {
        after.map { $0.hasPrefix(folder) || $0.utf8.lexicographicallyPrecedes(folder.utf8) } ?? true
    }
}
