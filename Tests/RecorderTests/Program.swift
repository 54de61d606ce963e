import Foundation

/// Runs a program to its end; for short outputs.
struct Program {
    let status: Int32
    let output: String
    let errors: String

    static func run(_ name: String, _ arguments: [String]) throws -> Program {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.standardInput = FileHandle.nullDevice
        let errorPath = "/tmp/sparc-errors-\(UInt64.random(in: 0 ... .max))"
        _ = FileManager.default.createFile(atPath: errorPath, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: errorPath) }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: errorPath)
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Program(
            status: process.terminationStatus,
            output: String(decoding: text, as: UTF8.self),
            errors: (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? ""
        )
    }

    /// Decodes a file whole and strictly; returns what ffmpeg complains about.
    static func decodeStrictly(_ path: String) throws -> String {
        let result = try run(
            "ffmpeg",
            [
                "-nostdin", "-v", "warning", "-xerror", "-err_detect", "explode", "-i", path, "-f",
                "null", "-",
            ]
        )
        return result.status == 0 ? result.errors : "status \(result.status): \(result.errors)"
    }
}
