import Foundation

/// Texts that some program or other takes for a way out of a folder.
enum PathSpellings {
    /// The folder above, as it is written in URLs.
    private static let ups = [
        "..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%25252e%25252e", "%c0%ae%c0%ae",
        "%e0%80%ae%e0%80%ae", "%f0%80%80%ae%f0%80%80%ae", "%u002e%u002e", "%ef%bc%8e%ef%bc%8e",
        "%e2%80%a5", "%e2%80%a4%e2%80%a4", "..;", "..%00", "..%20", ".%00.", "....", ".%0d.",
        "%2e%2e%3b",
    ]
    /// What is between two folders.
    private static let separators = [
        "/", "%2f", "%2F", "%252f", "%5c", "\\", "%255c", "%c0%af", "%e0%80%af", "%c1%9c",
        "%ef%bc%8f", "%e2%88%95", "%e2%81%84", "//", ";/", "/./", "%2f%2f",
    ]
    /// What begins at the root, or means something else than a name somewhere.
    private static func absolute(_ target: String) -> [String] {
        [
            "%2f\(target)", "//\(target)", "%5c%5chost%5c\(target)", "c:%5c\(target)",
            "file:%2f%2f%2f\(target)", "%00\(target)", "\(target)%00.mp4", "\(target)%00", "~root",
            "~%2f\(target)", "-rf", "*", "con", "aux.h264", "nul", "$HOME%2f\(target)",
            "%7b%7d%2f\(target)", ".", "%2e", "...", ".git%2fconfig", ".\(target).json",
            "%ff%fe\(target)", "%e2%80%ae\(target)", "\(target)%0a", "\(target)%0d%0aX:1",
        ]
    }

    /// A few hundred, percent-encoded for a path.
    /// - Parameters:
    ///   - target: What they lead to, from the folder `levels` above.
    ///   - first: A name that is right, before the way out.
    static func all(to target: String, levels: Int, after first: String) -> [String] {
        var found: [String] = []
        for up in ups {
            for separator in separators {
                let way = [String](repeating: up, count: levels) + [target]
                found.append(way.joined(separator: separator))
                found.append(([first] + way).joined(separator: separator))
            }
        }
        return found + absolute(target)
    }

    /// What is meant, as far as it is UTF-8.
    static func decoded(_ text: String) -> String {
        text.removingPercentEncoding ?? text
    }
}
