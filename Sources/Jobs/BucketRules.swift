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
/// What the catalogue does not know it has no rule for: while the bucket has footage of a camera
/// that the catalogue has never heard of, a rule is at most switched off or made longer, never put,
/// switched on or made shorter. Such a catalogue is new, old or another installation's, and
/// `IndexRebuild` is due.
package struct BucketRules: Sendable {
    /// Days. For a week nobody has to run for a longer rule or a new hold to come in time.
    package static let margin = 7
    /// Days until parts of an upload that was never completed go; SPARC makes none.
    private static let uploadDays = 7
    /// Days until what was deleted in a bucket with versions is gone; the least that S3 takes.
    private static let versionDays = 1
    /// Cameras in the bucket that are looked for in the catalogue before objects may expire by
    /// other rules; beyond it these count as a sample, which keys in no order of theirs make.
    private static let cameraLimit = 20_000
    /// Folders and objects of other programs that are passed over among the keys of one shard; a
    /// bucket with more cannot be looked through.
    private static let foreignLimit = 1_000
    /// Cameras that the catalogue is asked for at once; few, so that a catalogue that knows none is
    /// told by few requests each time.
    private static let cameraPage = 50

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
    /// - Throws: `IndexIsMissing`, after what makes objects stay longer has been changed.
    @discardableResult
    package func apply(expires: Bool) async throws -> [String] {
        let differences = try await differences(expires: expires)
        if differences.texts.isEmpty { return [] }
        guard expires, let missing = try await missingIndex() else {
            // What was changed while the bucket was looked through counts.
            let now = try await self.differences(expires: expires)
            if !now.texts.isEmpty { try await store.replaceLifecycle(now.wanted) }
            return now.texts
        }
        let careful = Self.careful(differences.present, differences.wanted)
        if careful.own != differences.present.own { try await store.replaceLifecycle(careful) }
        throw missing
    }

    /// The rules that are there, as far as the wanted ones make objects stay longer.
    static func careful(_ present: BucketLifecycle, _ wanted: BucketLifecycle) -> BucketLifecycle {
        var rules = present
        for index in rules.own.indices {
            let rule = rules.own[index]
            guard case .expire(let now) = rule.action,
                let want = wanted.own.first(where: { $0.id == rule.id }),
                case .expire(let then) = want.action
            else { continue }
            rules.own[index].isEnabled = rule.isEnabled && want.isEnabled
            rules.own[index].action = .expire(days: max(now, then))
        }
        return rules
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

    /// A camera of the bucket that the catalogue does not know; nil if it knows all.
    private func missingIndex() async throws -> IndexIsMissing? {
        var page: [ChunkIdentity] = []
        var count = 0
        // Keys begin with two digits of the camera.
        for shard in 0..<256 where count < Self.cameraLimit {
            let prefix = String(String(shard + 256, radix: 16).suffix(2)) + "/"
            var last: ObjectKey?
            var foreign = 0
            while count < Self.cameraLimit,
                let key = try await store.firstKey(prefix: prefix, after: last)
            {
                guard let identity = ChunkKey(key.description)?.identity else {
                    foreign += 1
                    guard foreign <= Self.foreignLimit else {
                        throw BucketIsCrowded(prefix: prefix)
                    }
                    last = Self.behindFolder(of: key, prefix)
                    continue
                }
                count += 1
                page.append(identity)
                if page.count == Self.cameraPage {
                    if let missing = try await unknown(page) { return missing }
                    page = []
                }
                // Behind all keys of this camera: its streams' names begin with letters before `z`.
                last = ObjectKey("\(prefix)\(identity.tenant)/\(identity.camera)/z") ?? key
            }
        }
        return try await unknown(page)
    }

    /// Behind all keys of the folder that another program's key is in, if it is in one.
    private static func behindFolder(of key: ObjectKey, _ prefix: String) -> ObjectKey {
        let rest = key.description.dropFirst(prefix.count)
        guard let slash = rest.firstIndex(of: "/") else { return key }
        // Not of an organisation's folder, which has our keys behind this one.
        if TenantID(String(rest[..<slash])) != nil { return key }
        // 0 is the character after the slash.
        return ObjectKey("\(prefix)\(rest[..<slash])0") ?? key
    }

    private func unknown(_ cameras: [ChunkIdentity]) async throws -> IndexIsMissing? {
        if cameras.isEmpty { return nil }
        let known = try await catalog.knownCameras(of: cameras)
        return cameras.first { !known.contains($0.camera) }.map {
            IndexIsMissing(tenant: $0.tenant, camera: $0.camera)
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
    ) async throws -> (texts: [String], present: BucketLifecycle, wanted: BucketLifecycle) {
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
        return (texts, present, wanted)
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
