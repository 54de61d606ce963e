import ArgumentParser
import Foundation
import Logging
import Settings

/// Reads the process's environment and the files it names, for the pure settings types.
enum Environment {
    /// Longest secret file.
    private static let fileLimit = 64 * 1_024

    /// Set for the children of `sparc up`, which have read the files for them.
    static let isWholeVariable = "SPARC_ENVIRONMENT_IS_WHOLE"

    /// The environment; in development also `.env.local` and `--env-file`, which never override it.
    /// - Parameter defaults: Values of variables that are not in the environment itself.
    static func variables(
        environmentFile: String?,
        defaults: [String: String] = [:]
    ) throws -> [String: String] {
        var variables = ProcessInfo.processInfo.environment.merging(defaults) { own, _ in own }
        if variables[isWholeVariable] != nil { return variables }
        let isDevelopment = variables["SPARC_ENV"] == "development"
        var files: [String] = []
        if let environmentFile { files.append(environmentFile) }
        if isDevelopment, FileManager.default.fileExists(atPath: ".env.local") {
            files.append(".env.local")
        }
        for file in files {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw ValidationError("\(file) cannot be read")
            }
            let (more, wrong) = EnvironmentFile.parse(text)
            guard wrong.isEmpty else {
                let lines = wrong.prefix(5).map(String.init).joined(separator: ", ")
                throw ValidationError(
                    "\(file): line \(lines) is not of the form NAME=value"
                )
            }
            variables.merge(more) { own, _ in own }
        }
        return variables
    }

    /// A reader over the variables, with every `*_FILE` read.
    static func reader(_ variables: [String: String]) -> SettingsReader {
        var files: [String: String] = [:]
        for (name, path) in variables where name.hasSuffix("_FILE") && !path.isEmpty {
            guard let handle = FileHandle(forReadingAtPath: path),
                let data = try? handle.read(upToCount: fileLimit)
            else { continue }
            files[name] = String(decoding: data, as: UTF8.self)
        }
        return SettingsReader(variables: variables, files: files)
    }

    /// Logs what the operator should know of the settings.
    static func log(_ notes: [String], _ logger: Logger) {
        for note in notes { logger.notice("\(note)") }
    }

    /// Prints all problems and ends with status 1.
    static func fail(_ error: SettingsError) -> any Error {
        FileHandle.standardError.write(
            Data("sparc: the configuration has problems:\n\(error)\n".utf8)
        )
        return ExitCode(1)
    }
}
