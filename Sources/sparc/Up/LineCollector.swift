import Synchronization

/// The last lines of a short program's output, for its error message.
final class LineCollector: Sendable {
    /// Lines kept; older ones go.
    static let limit = 20

    private let lines = Mutex<[String]>([])

    func append(_ line: String) {
        lines.withLock { lines in
            lines.append(line)
            if lines.count > Self.limit { lines.removeFirst() }
        }
    }

    var text: String {
        lines.withLock { $0.joined(separator: " / ") }
    }
}
