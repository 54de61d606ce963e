import Catalog
import Domain
import ObjectStore

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
