import Domain
import Foundation
import TestSupport

/// Where the raw rows go: one JSON object per line.
struct ResultsFile: Sendable {
    let path: String

    /// - Parameter path: nil for `Benchmarks/results/DATE-COMMIT.jsonl` in the checkout.
    init(path: String?, commit: String) {
        let day = WallTime.current.description.prefix(10)
        self.path =
            path ?? "\(SparcInstallation.packageRoot)/Benchmarks/results/\(day)-\(commit).jsonl"
    }

    func append(_ row: ResultRow) throws {
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        guard let handle = FileHandle(forWritingAtPath: path) else {
            throw BenchFailure("\(path) cannot be written: give another with --results")
        }
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((try row.json() + "\n").utf8))
    }
}
