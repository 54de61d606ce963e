import Crypto

/// The one place that needs a hash function, apart from the parsers so that they can be fuzzed
/// without it.
enum DigestHash {
    /// Lower-case hex of the hash of the text's UTF-8.
    static func hex(_ algorithm: DigestAlgorithm, _ text: String) -> String {
        let bytes = Array(text.utf8)
        return switch algorithm {
        // Not a choice: RFC 2617 cameras know nothing else.
        case .md5: Hex.text(Array(Insecure.MD5.hash(data: bytes)))
        case .sha256: Hex.text(Array(SHA256.hash(data: bytes)))
        }
    }
}
