/// What a comparison of catalogue and bucket found.
package struct ReconcileReport: Hashable, Sendable {
    /// What the sample was chosen by.
    package var seed: UInt64
    /// Objects of chunks in the bucket.
    package var objects = 0
    /// Of those, objects with a row, tombstones included.
    package var objectsWithRow = 0
    /// Keys that this program never writes.
    package var otherKeys = 0
    /// Rows without tombstone.
    package var rows = 0
    /// Objects that were read through, and their bytes.
    package var sampled = 0
    package var sampledBytes = 0
    package var findings = IndexFindings()

    package init(seed: UInt64) {
        self.seed = seed
    }

    /// Whether the catalogue can be this bucket's index at all; the raw values are part of the
    /// outside contract.
    package enum IndexState: String, Sendable, Hashable {
        case known
        /// The bucket has objects, the catalogue no row: the index is lost.
        case empty
        /// The catalogue has rows, and not one object belongs to them; the bucket may be empty.
        case foreign
    }

    package var index: IndexState {
        guard objects > 0 || rows > 0, objectsWithRow == 0 else { return .known }
        return rows == 0 ? .empty : .foreign
    }
}
