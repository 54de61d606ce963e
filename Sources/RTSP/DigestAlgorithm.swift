/// The hash functions of Digest (RFC 7616 section 3.2) that are spoken, weakest first.
enum DigestAlgorithm: Int, Comparable, CaseIterable {
    case md5
    case sha256

    static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}
