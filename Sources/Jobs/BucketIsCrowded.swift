/// Other programs have so many objects among ours that the bucket cannot be looked through: its
/// rules are not changed, because they might let footage expire that this catalogue does not know.
package struct BucketIsCrowded: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where they are.
    package var prefix: String

    package var description: String {
        "the bucket has too many objects of other programs under \(prefix), so its lifecycle rules "
            + "stay as they are: give SPARC a bucket of its own"
    }
}
