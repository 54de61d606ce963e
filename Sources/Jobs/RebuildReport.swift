import Catalog
package import Domain
import ObjectStore

/// What a rebuild finds in the bucket, by keys alone.
package struct RebuildPlan: Hashable, Sendable {
    /// All keys, those of other programs too.
    package var keys = 0
    /// Keys of chunks.
    package var chunks = 0
    package var tenants = 0
    /// Organisations that the catalogue does not know and that a run restores.
    package var unknownTenants: [TenantID] = []
    package var cameras = 0
    /// Chunks that have a row.
    package var withRow = 0
    /// The catalogue has footage, and not of one organisation of this bucket.
    package var isForeign = false

    package init() {}

    package var withoutRow: Int { chunks - withRow }
}

/// How a rebuild ended well.
package enum RebuildOutcome: Hashable, Sendable {
    case done(RebuildReport)
    /// Nothing was done: the bucket looks like another installation's.
    case foreign(RebuildPlan)
}

/// What a rebuild did.
package struct RebuildReport: Hashable, Sendable {
    package var keys = 0
    /// Keys that this program never writes; they are left alone.
    package var otherKeys = 0
    /// Rows that were made.
    package var restored = 0
    /// Rows that were there and are equal.
    package var present = 0
    /// Bytes of the restored chunks.
    package var bytes = 0
    /// Organisations and cameras that were made.
    package var tenants = 0
    package var cameras = 0
    package var gaps = 0
    /// Gaps that are there with another end or reason, and stay as they are.
    package var differingGaps = 0
    /// Why the bucket's own rules could not be switched off or brought up to date; nil if they are.
    package var rulesFailure: String?
    /// Objects that are not restored, and rows that differ and stay as they are.
    package var findings = IndexFindings()

    package init() {}

    /// Every object of ours has an equal row, and there is one.
    package var isComplete: Bool {
        findings.count == 0 && differingGaps == 0 && !hasNoChunk && rulesFailure == nil
    }

    /// Nothing of ours is in the bucket, which is rather the wrong bucket or an unmounted disk than
    /// an installation without footage.
    package var hasNoChunk: Bool { restored == 0 && present == 0 && findings.count == 0 }

    mutating func add(
        _ outcome: RestoreOutcome,
        _ chunks: [(key: ObjectKey, chunk: RestorableChunk)]
    ) {
        tenants += outcome.tenants
        cameras += outcome.cameras
        gaps += outcome.gaps
        differingGaps += outcome.differingGaps
        for ((key, chunk), verdict) in zip(chunks, outcome.verdicts) {
            switch verdict {
            case .restored:
                restored += 1
                bytes += chunk.offer.sealed.length
            case .present: present += 1
            case .invalid:
                findings.add(
                    IndexFinding(kind: .invalid, key: key, detail: "a value is outside its limits")
                )
            case .differs(let columns):
                findings.add(
                    IndexFinding(
                        kind: .differentRow,
                        key: key,
                        detail: columns.joined(separator: ", ")
                    )
                )
            }
        }
    }
}
