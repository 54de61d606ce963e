import CLinux
import Glibc

/// Names in folders.
package enum FileSystem {
    /// Makes a folder and its parents; one that exists is fine. Their names are not durable yet.
    package static func makeFolder(_ path: String, mode: UInt32 = 0o770) throws(FileError) {
        if unsafe mkdir(path, mode_t(mode)) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw FileDescriptor.failure("mkdir", path)
        }
        try makeFolder(String(path[..<slash]), mode: mode)
        guard unsafe mkdir(path, mode_t(mode)) == 0 || errno == EEXIST else {
            throw FileDescriptor.failure("mkdir", path)
        }
    }

    /// Makes a folder and its parents, each durably before what is in it; one that exists is fine.
    package static func makeDurableFolder(_ path: String) throws(FileError) {
        if try isFolder(path) { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDurableFolder(String(path[..<slash]))
        }
        try makeFolder(path)
        try syncFolder(of: path)
    }

    /// Whether there is a folder of this name.
    package static func isFolder(_ path: String) throws(FileError) -> Bool {
        do {
            _ = try FileDescriptor(path, .folder)
            return true
        } catch  where error.code == .notFound {
            return false
        }
    }

    /// When a file's content was last written, seconds since 1970; nil if there is none.
    package static func modified(_ path: String) throws(FileError) -> Int? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw FileDescriptor.failure("stat", path)
        }
        return Int(status.st_mtim.tv_sec)
    }

    /// Names in a folder, without `.` and `..`; a missing folder is empty.
    package static func names(in path: String) throws(FileError) -> [String] {
        guard let folder = unsafe opendir(path) else {
            if errno == ENOENT { return [] }
            throw FileDescriptor.failure("opendir", path)
        }
        defer { unsafe _ = closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file; a missing one is fine.
    package static func remove(_ path: String) throws(FileError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw FileDescriptor.failure("unlink", path)
        }
    }

    /// Puts bytes under a name so that a reader, also after a power cut, sees the old or the new
    /// content and nothing between: temporary file, fsync, rename, fsync of the folder.
    ///
    /// - Parameters:
    ///   - path: The name.
    ///   - bytes: The new content.
    ///   - temporary: Another name in the same file system; `path` and `.new` if there is only one
    ///     writer at a time.
    /// - Throws: `noSpace`, `ioFailure` and the like; the old content is then in force.
    package static func replace(
        _ path: String,
        with bytes: [UInt8],
        by temporary: String? = nil,
        mode: UInt32 = 0o640
    ) throws(FileError) {
        let temporary = temporary ?? path + ".new"
        try write(temporary, bytes, mode)
        try rename(temporary, to: path)
        try syncFolder(of: path)
    }

    /// Renames a file; one that has the new name is replaced.
    package static func rename(_ path: String, to name: String) throws(FileError) {
        guard unsafe Glibc.rename(path, name) == 0 else {
            throw FileDescriptor.failure("rename", path)
        }
    }

    private static func write(
        _ path: String,
        _ bytes: [UInt8],
        _ mode: UInt32
    ) throws(FileError) {
        let file = try FileDescriptor(path, .replace)
        try file.setMode(mode)
        try file.write(bytes)
        try file.sync()
    }

    /// Makes the names in the folder of a path durable.
    package static func syncFolder(of path: String) throws(FileError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = try FileDescriptor(folder.isEmpty ? "/" : folder, .folder)
        try descriptor.sync()
    }

    /// A whole file of at most `limit` bytes; nil if there is none.
    package static func content(
        of path: String,
        limit: Int = 1 << 20
    ) throws(FileError) -> [UInt8]? {
        do {
            let file = try FileDescriptor(path, .read)
            return try file.read(min(limit, file.size()), at: 0)
        } catch  where error.code == .notFound {
            return nil
        }
    }

    /// Gives a file a second name; throws `exists` if that is in use.
    package static func link(_ path: String, to name: String) throws(FileError) {
        guard unsafe Glibc.link(path, name) == 0 else { throw FileDescriptor.failure("link", name) }
    }

    /// Length of a file; nil if there is none.
    package static func length(of path: String) throws(FileError) -> Int? {
        do {
            let file = try FileDescriptor(path, .read)
            return try file.size()
        } catch  where error.code == .notFound {
            return nil
        }
    }

    /// Room of the file system that a folder is on. Throws `notFound` for one that is not there.
    package static func space(of folder: String) throws(FileError) -> FileSystemSpace {
        let descriptor = try FileDescriptor(folder, .folder)
        return try descriptor.fileSystemSpace()
    }

    /// Gives a file or folder to a user and group; needs root.
    package static func give(_ path: String, user: UInt32, group: UInt32) throws(FileError) {
        guard unsafe chown(path, user, group) == 0 else {
            throw FileDescriptor.failure("chown", path)
        }
    }
}
