import Domain
package import ObjectStore

/// Something that is not as it should be between bucket and catalogue.
package struct IndexFinding: Hashable, Sendable {
    /// What; the raw values are part of the outside contract.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// An object of which the store gives neither metadata nor bytes, though it gives others'.
        case unreadable
        /// An object whose metadata is missing, damaged or of a form that this build does not know.
        case unreadableMetadata = "unreadable_metadata"
        /// An object whose metadata belongs to another key.
        case misplaced
        /// An object that has another length than its metadata or its row says.
        case wrongLength = "wrong_length"
        /// An object whose bytes are not those of the hash.
        case wrongHash = "wrong_hash"
        /// An object whose segments are neither in its metadata nor to be read from its fragments.
        case unreadableSegments = "unreadable_segments"
        /// A value is outside the limits of a row.
        case invalid
        /// A row that has other values than its object says.
        case differentRow = "different_row"
        /// An object without a row.
        case withoutRow = "object_without_row"
        /// A row without an object.
        case withoutObject = "row_without_object"
    }

    package var kind: Kind
    package var key: String
    /// More, in words; empty where the kind says all.
    package var detail: String

    package init(kind: Kind, key: ObjectKey, detail: String) {
        self.init(kind: kind, key: key.description, detail: detail)
    }

    package init(kind: Kind, key: String, detail: String = "") {
        self.kind = kind
        self.key = key
        self.detail = detail
    }
}
