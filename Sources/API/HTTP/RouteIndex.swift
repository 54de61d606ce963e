internal import Synchronization

/// The routes of the router, for answers about methods; filled once, after all are added.
package final class RouteIndex: Sendable {
    private let entries = Mutex<[(parts: [String], method: String)]>([])

    package init() {}

    /// Sets the routes, as `(template, method)`.
    package func set(_ routes: [(path: String, method: String)]) {
        let split = routes.map { (parts: Self.parts($0.path), method: $0.method) }
        entries.withLock { $0 = split }
    }

    /// Methods of the routes that a path matches, sorted.
    func methods(of path: String) -> [String] {
        let wanted = Self.parts(path)
        let found = entries.withLock { entries in
            entries.filter { Self.matches($0.parts, wanted) }.map(\.method)
        }
        return Set(found + (found.contains("GET") ? ["HEAD"] : [])).sorted()
    }

    private static func parts(_ path: String) -> [String] {
        path.split(separator: "/").map { String($0) }
    }

    private static func matches(_ template: [String], _ path: [String]) -> Bool {
        if template.last == "**" {
            return path.count >= template.count
                && matches(template.dropLast(), Array(path.prefix(template.count - 1)))
        }
        return template.count == path.count
            && zip(template, path).allSatisfy { $0.first == "{" || $0 == $1 }
    }
}
