import FoundationEssentials

/// The package's own files, found from this file's place.
enum SourceTree {
    struct File {
        /// Relative to the package's root, such as `Sources/Domain/Gap.swift`.
        var path: String
        var text: String

        /// `Domain` for a file in `Sources/Domain`.
        var target: String {
            let parts = path.split(separator: "/")
            return parts.count > 2 ? String(parts[1]) : ""
        }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// All files below a folder with a suffix, in order of their names.
    static func files(below folder: String, suffix: String) throws -> [File] {
        let start = root.appending(path: folder)
        var found: [File] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: start.path).sorted() {
            guard !name.hasPrefix(".") else { continue }
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            if name.hasSuffix(suffix) {
                found.append(try file(path))
            } else if isFolder(path) {
                found += try files(below: path, suffix: suffix)
            }
        }
        return found
    }

    static func folders(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
            .filter { isFolder("\(folder)/\($0)") }.sorted()
    }

    static func file(_ path: String) throws -> File {
        let data = try Data(contentsOf: root.appending(path: path))
        return File(path: path, text: String(decoding: data, as: UTF8.self))
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder = false
        let exists = FileManager.default.fileExists(
            atPath: root.appending(path: path).path,
            isDirectory: &isFolder
        )
        return exists && isFolder
    }
}
