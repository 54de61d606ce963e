internal import Crypto

/// Comparisons whose time tells nothing of where two secrets differ.
package enum ConstantTime {
    /// Whether two byte strings are equal; only their lengths show in the time.
    package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices {
            difference |= left[index] ^ right[index]
        }
        return difference == 0
    }

    /// Whether two tokens are equal. Their SHA-256 are compared, so not even the lengths show.
    package static func equal(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
        equal(
            Array(SHA256.hash(data: Array(left.utf8))),
            Array(SHA256.hash(data: Array(right.utf8)))
        )
    }
}
