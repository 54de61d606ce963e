package import Logging
import Synchronization

/// Writes one line a message to standard error: time, level, process, message, then `key=value`.
///
/// Control characters are escaped, so that text from a camera can neither break a line nor colour a
/// terminal. A line is cut at `lengthLimit`.
package struct LineLogHandler: LogHandler {
    /// Longest line, characters; more is cut and marked with `…`.
    package static let lengthLimit = 4_096

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let now: @Sendable () -> String
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - label: Name of the process or part.
    ///   - level: Least level that is written.
    ///   - now: The time stamp's source.
    ///   - write: Takes a whole line without its newline.
    package init(
        label: String,
        level: Logger.Level,
        now: @escaping @Sendable () -> String,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        logLevel = level
        self.now = now
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = "\(now()) \(event.level) \(label): \(Self.escaped("\(event.message)"))"
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.quoted("\(value)"))"
        }
        if let error = event.error {
            line += " \(LogKey.errorMessage)=\(Self.quoted("\(error)"))"
        }
        write(line.count > Self.lengthLimit ? line.prefix(Self.lengthLimit) + "…" : line)
    }

    private static func quoted(_ text: String) -> String {
        let safe = escaped(text)
        return safe.contains(" ") || safe.isEmpty ? "\"\(safe)\"" : safe
    }

    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.properties.generalCategory == .control {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
