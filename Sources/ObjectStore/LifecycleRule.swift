/// One of the rules by which a bucket itself deletes.
package struct LifecycleRule: Hashable, Sendable {
    /// What a rule does; a day is the store's.
    package enum Action: Hashable, Sendable {
        /// Deletes objects of that age.
        case expire(days: Int)
        /// Deletes what nobody reads any more: uploads that were not completed, and in a bucket with
        /// versions what was deleted, so that footage is gone when its retention is over.
        case sweep(uploadDays: Int, versionDays: Int)
        /// Anything else; only in what was read.
        case other
    }

    /// Begins the names of SPARC's rules; other rules are other people's and stay.
    package static let prefix = "sparc-"

    package var id: String
    package var isEnabled: Bool
    /// Only objects whose tag `sparc:class` has this value; nil: all objects.
    package var retentionClass: String?
    package var action: Action

    package init(id: String, isEnabled: Bool, retentionClass: String?, action: Action) {
        self.id = id
        self.isEnabled = isEnabled
        self.retentionClass = retentionClass
        self.action = action
    }
}
