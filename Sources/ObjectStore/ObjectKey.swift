/// A key of the form that this project writes: segments of lower-case letters, digits, `-`, `_` and
/// `.`, separated by `/`. No segment begins with a dot, so no key can leave a folder.
package struct ObjectKey: Hashable, Sendable, CustomStringConvertible {
    /// S3's limit (object key names, UTF-8).
    package static let lengthLimit = 1_024

    package let description: String

    package init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Self.lengthLimit else { return nil }
        for part in text.split(separator: "/", omittingEmptySubsequences: false) {
            guard let first = part.utf8.first, first != 46,
                part.utf8.allSatisfy({
                    97...122 ~= $0 || 48...57 ~= $0 || $0 == 45 || $0 == 46 || $0 == 95
                })
            else { return nil }
        }
        description = text
    }
}
