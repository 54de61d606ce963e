/// A store that deletes by rules of its own.
package protocol LifecycleStoring: Sendable {
    func lifecycle() async throws -> BucketLifecycle

    /// Puts all rules in place of those that there are.
    func replaceLifecycle(_ lifecycle: BucketLifecycle) async throws

    /// The first key with a prefix behind another one; nil if there is none.
    func firstKey(prefix: String, after: ObjectKey?) async throws -> ObjectKey?
}

extension LifecycleStoring where Self: ObjectStoring {
    package func firstKey(prefix: String, after: ObjectKey?) async throws -> ObjectKey? {
        try await list(prefix: prefix, after: after, limit: 1).first
    }
}

/// All lifecycle rules of a bucket.
package struct BucketLifecycle: Sendable {
    /// SPARC's, by the order of their names.
    package var own: [LifecycleRule]
    /// Other people's, as they are.
    package var others: [S3XML]

    package init(own: [LifecycleRule] = [], others: [S3XML] = []) {
        self.own = own.sorted { $0.id < $1.id }
        self.others = others
    }
}
