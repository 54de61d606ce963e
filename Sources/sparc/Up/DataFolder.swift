import Files
import Foundation

/// The layout of a data folder, and the secrets in it that are made once.
///
/// ```
/// DATA/lock                one `sparc up` per folder (flock)
/// DATA/keys/               0700; each file 0600
/// DATA/postgres/data       the private cluster, 0700, owned by the user PostgreSQL runs as
/// DATA/postgres/socket     0700, its only way in
/// DATA/spool               what ingest writes first
/// DATA/store               stored objects while there is no S3 bucket
/// DATA/access-token        0600; how commands on this machine log in (`up --demo` only)
/// ```
struct DataFolder: Sendable {
    let path: String

    /// `/var/lib/sparc` for root, else `~/.local/share/sparc`.
    static var standard: String {
        geteuid() == 0
            ? "/var/lib/sparc"
            : FileManager.default.homeDirectoryForCurrentUser.path + "/.local/share/sparc"
    }

    var keys: String { path + "/keys" }
    var spool: String { path + "/spool" }
    var store: String { path + "/store" }
    var postgres: String { path + "/postgres" }
    var masterKeyFile: String { keys + "/master.key" }
    var workerTokenFile: String { keys + "/worker.token" }
    var accessTokenFile: String { path + "/access-token" }

    /// Makes the folders that are missing. The folder itself is 0711 for root, so that PostgreSQL's
    /// and the recorder's users can pass through to theirs, and nothing in it can be listed.
    func prepare() throws {
        try Self.makeFolder(path, mode: geteuid() == 0 ? 0o711 : 0o700)
        try Self.makeFolder(keys, mode: 0o700)
        try Self.makeFolder(store, mode: 0o700)
    }

    /// Reads a secret, or makes one of 32 random bytes as hex, durably, readable by the owner only.
    func secret(_ name: String) throws -> String {
        let file = keys + "/" + name
        if let text = try? String(contentsOfFile: file, encoding: .utf8), !text.isEmpty {
            return text.trimmingCharacters(in: .newlines)
        }
        var generator = SystemRandomNumberGenerator()
        let value = (0..<4).map { _ in
            let word = String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }.joined()
        try Self.write(value + "\n", to: file)
        return value
    }

    /// Writes a file of mode 0600 by a temporary name, so that a half-written one is never read.
    static func write(_ text: String, to file: String) throws {
        do { try FileSystem.replace(file, with: Array(text.utf8), mode: 0o600) } catch {
            throw UpError("\(file) cannot be written (\(error)); is the disk full or read-only?")
        }
    }

    static func makeFolder(_ path: String, mode: Int) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true
            )
            try FileManager.default.setAttributes(
                [.posixPermissions: mode],
                ofItemAtPath: path
            )
        } catch {
            throw UpError(
                "\(path) cannot be made or is not ours; choose another with --data-dir"
            )
        }
    }

    /// Takes the folder for this process, until it ends; nil if another `sparc up` has it.
    func lock() throws -> FileLock? {
        do { return try FileLock(path + "/lock") } catch {
            throw UpError("\(path)/lock cannot be opened: \(error)")
        }
    }
}

/// A start that cannot go on; the text says what to do.
struct UpError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
