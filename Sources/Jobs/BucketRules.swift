package import Catalog
import Domain
package import ObjectStore

/// The lifecycle rules of the bucket: a coarse backstop behind `Retention`, which alone decides.
///
/// Objects of the classes `continuous` and `event` expire `margin` days after the longest retention
/// of any camera, so none that is kept by a rule is ever near it. A bucket cannot see holds: while
/// there is one, nothing expires. Both are brought up to date before each look of the retention
/// job; a rule that was made longer, and a hold, can only be about footage that has the whole
/// margin before it, since what is older is deleted within the hour.
///
/// What the catalogue does not know it has no rule for: while the bucket has footage of an
/// organisation that the catalogue has never heard of, no rule is put that could delete anything.
/// Such a catalogue is new or another installation's, and `IndexRebuild` is due.
package struct BucketRules: Sendable {
    /// Days. For a week nobody has to run for a longer rule or a new hold to come in time.
    package static let margin = 7
    /// Days until parts of an upload that was never completed go; SPARC makes none.
    private static let uploadDays = 7
    /// Days until what was deleted in a bucket with versions is gone; the least that S3 takes.
    private static let versionDays = 1
    /// Looks into the bucket before objects expire by other rules than before: the first key of each
    /// sixteenth of all cameras, by the digit that keys begin with.
    private static let samplePrefixes = (0..<16).map { String($0, radix: 16) }

    private let catalog: Catalog
    private let store: any LifecycleStoring

    package init(catalog: Catalog, store: any LifecycleStoring) {
        self.catalog = catalog
        self.store = store
    }

    /// SPARC's rules as they should be now.
    /// - Parameter expires: Whether objects expire at all.
    package func wanted(expires: Bool) async throws(CatalogError) -> [LifecycleRule] {
        Self.rules(try await catalog.retentionBounds(), expires: expires)
    }

    static func rules(_ bounds: RetentionBounds, expires: Bool) -> [LifecycleRule] {
        var rules = [
            LifecycleRule(
                id: LifecycleRule.prefix + "sweep",
                isEnabled: true,
                retentionClass: nil,
                action: .sweep(uploadDays: uploadDays, versionDays: versionDays)
            )
        ]
        guard expires else { return rules }
        for name in [RetentionClass.continuous, .event] {
            rules.append(
                LifecycleRule(
                    id: expiryPrefix + name.rawValue,
                    isEnabled: !bounds.hasHolds,
                    retentionClass: name.rawValue,
                    action: .expire(days: bounds.longestDays + margin)
                )
            )
        }
        return BucketLifecycle(own: rules).own
    }

    private static let expiryPrefix = LifecycleRule.prefix + "expire-"

    /// Puts the rules into the bucket; other people's stay.
    /// - Returns: What had to change.
    /// - Throws: `IndexIsMissing`, and then nothing is changed.
    @discardableResult
    package func apply(expires: Bool) async throws -> [String] {
        let differences = try await differences(expires: expires)
        if !differences.texts.isEmpty {
            if expires { try await checkIndex() }
            try await store.replaceLifecycle(differences.wanted)
        }
        return differences.texts
    }

    /// Lets nothing expire until `keep()` finds no hold and no protected footage: for as long as
    /// the catalogue is made anew.
    ///
    /// - Returns: What had to change.
    @discardableResult
    package func pause() async throws -> [String] {
        var rules = try await store.lifecycle()
        var texts: [String] = []
        for index in rules.own.indices where rules.own[index].id.hasPrefix(Self.expiryPrefix) {
            guard rules.own[index].isEnabled else { continue }
            rules.own[index].isEnabled = false
            texts.append("\(rules.own[index].id) is off while the index is rebuilt")
        }
        if !texts.isEmpty { try await store.replaceLifecycle(rules) }
        return texts
    }

    private func checkIndex() async throws {
        var tenants: Set<TenantID> = []
        for prefix in Self.samplePrefixes {
            guard let key = try await store.firstKey(prefix: prefix) else { continue }
            if let chunk = ChunkKey(key.description) { tenants.insert(chunk.identity.tenant) }
        }
        if tenants.isEmpty { return }
        let known = try await catalog.indexKnowledge(of: tenants.sorted()).known
        if let stranger = tenants.subtracting(known).min() {
            throw IndexIsMissing(tenant: stranger)
        }
    }

    /// What is otherwise in the bucket, one line each; none if all is right.
    package func check(expires: Bool) async throws -> [String] {
        try await differences(expires: expires).texts
    }

    /// Brings a bucket up to date in which objects expire by these rules; leaves any other alone.
    /// - Returns: What had to change.
    /// - Throws: As `apply(expires:)`.
    @discardableResult
    package func keep() async throws -> [String] {
        let present = try await store.lifecycle()
        guard present.own.contains(where: { $0.id.hasPrefix(Self.expiryPrefix) }) else { return [] }
        return try await apply(expires: true)
    }

    private func differences(
        expires: Bool
    ) async throws -> (texts: [String], wanted: BucketLifecycle) {
        let present = try await store.lifecycle()
        let wanted = BucketLifecycle(
            own: try await wanted(expires: expires),
            others: present.others
        )
        var texts: [String] = []
        for rule in wanted.own {
            let found = present.own.filter { $0.id == rule.id }
            if found.isEmpty {
                texts.append("\(rule.id) is missing, should be: \(Self.text(rule))")
            } else if found != [rule] {
                let now = found.map(Self.text).joined(separator: " and ")
                texts.append("\(rule.id) is: \(now), should be: \(Self.text(rule))")
            }
        }
        for rule in present.own where !wanted.own.contains(where: { $0.id == rule.id }) {
            texts.append("\(rule.id) should not be there: \(Self.text(rule))")
        }
        return (texts, wanted)
    }

    /// A rule as people read it.
    package static func text(_ rule: LifecycleRule) -> String {
        let what =
            switch rule.action {
            case .expire(let days):
                "objects of class \(rule.retentionClass ?? "(any)") expire after \(days) days"
            case .sweep(let uploads, let versions):
                "open uploads go after \(uploads) days, deleted versions after \(versions)"
            case .other: "something that SPARC did not put"
            }
        return rule.isEnabled ? what : what + " (off)"
    }
}
