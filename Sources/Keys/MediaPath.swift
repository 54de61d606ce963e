/// The one spelling of a media path that is signed and served.
package enum MediaPath {
    /// Every signed path begins with this.
    package static let prefix = "/media/"
    /// Bytes: an object key of the store with its folders stays far below.
    package static let lengthLimit = 512

    /// Whether a path is in canonical form: below `/media/`, made of letters, digits, `-`, `_`, `.`
    /// and `/`, without empty parts, `.` or `..`. So nothing in it is percent-encoded, and no two
    /// spellings name one file.
    package static func isCanonical(_ path: String) -> Bool {
        let bytes = path.utf8
        guard bytes.count <= lengthLimit, path.hasPrefix(prefix),
            bytes.allSatisfy(isAllowed)
        else { return false }
        return path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 47, 95: true
        default: false
        }
    }
}
