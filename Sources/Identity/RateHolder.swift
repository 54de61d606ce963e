package import FoundationEssentials

/// Whose requests a bucket counts.
package struct RateHolder: Hashable, Sendable {
    package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        case person = 1
        case key = 2
        /// All of an organisation together.
        case tenant = 3
    }

    package let kind: Kind
    /// Of the person, the key or the organisation.
    package let id: UUID

    package init(_ kind: Kind, _ id: UUID) {
        self.kind = kind
        self.id = id
    }
}
