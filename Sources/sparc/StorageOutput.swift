import Catalog
import Domain
import Foundation
import Jobs

/// What `sparc storage rebuild|reconcile|release` print. The members' names, in snake_case, are
/// part of the outside contract.
enum StorageOutput {
    /// Findings that are printed as text; `--json` has all that are kept.
    private static let textLimit = 50

    private struct Plan: Encodable {
        var keys: Int
        var chunks: Int
        var withRow: Int
        var withoutRow: Int
        var organisations: Int
        var unknownOrganisations: [String]
        var cameras: Int
        var foreign: Bool
    }

    private struct Finding: Encodable {
        var kind: String
        var key: String
        var detail: String
    }

    private struct Rebuild: Encodable {
        var keys: Int
        var otherKeys: Int
        var restored: Int
        var restoredBytes: Int
        var present: Int
        var organisations: Int
        var cameras: Int
        var gaps: Int
        var differingGaps: Int
        var owners: [RestoredOwners.Owner]
        var ownerFailures: [RestoredOwners.Failure]
        var rulesFailure: String?
        var findings: Int
        var findingsByKind: [String: Int]
        var listed: [Finding]
    }

    private struct Reconcile: Encodable {
        var index: String
        var objects: Int
        var otherKeys: Int
        var rows: Int
        var sampled: Int
        var sampledBytes: Int
        /// As text: JSON readers round numbers of this size.
        var seed: String
        var findings: Int
        var findingsByKind: [String: Int]
        var listed: [Finding]
    }

    private struct Protected: Encodable {
        var tenant: String
        var organisation: String
        var camera: String
        var name: String
        var from: WallTime
        var to: WallTime
        var chunks: Int
        var restoredAt: WallTime
    }

    private struct Protection: Encodable {
        var released: Bool
        var cameras: [Protected]
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static func foreign(_ plan: RebuildPlan) -> Failure {
        Failure(
            description: "the catalogue has footage, but knows none of the \(plan.tenants) "
                + "organisations whose footage is in this bucket: it is another installation's, or "
                + "the database is the wrong one. Nothing was done. Look at S3_BUCKET (or "
                + "SPARC_STORE) and DATABASE_URL; to restore all the same, use --force"
        )
    }

    static func interrupted(_ error: any Error) -> Failure {
        Failure(
            description:
                "\(error). What is restored stays; mend that and run the command again: it "
                + "completes what is missing"
        )
    }

    static func show(_ plan: RebuildPlan, json: Bool) {
        let answer = Plan(
            keys: plan.keys,
            chunks: plan.chunks,
            withRow: plan.withRow,
            withoutRow: plan.withoutRow,
            organisations: plan.tenants,
            unknownOrganisations: plan.unknownTenants.map(\.description),
            cameras: plan.cameras,
            foreign: plan.isForeign
        )
        if json { return encode(answer) }
        for tenant in answer.unknownOrganisations { print("unknown organisation \(tenant)") }
        print(
            """
            \(answer.chunks) chunks of \(answer.cameras) cameras and \(answer.organisations) \
            organisations are in the bucket (\(answer.keys - answer.chunks) other keys); \
            \(answer.withRow) have a row, \(answer.withoutRow) would be restored
            """
        )
        if plan.isForeign { print(foreign(plan).description) }
    }

    /// Before an owner is stored; on standard error beside JSON, which comes at the end.
    static func show(_ owner: RestoredOwners.Owner, json: Bool) {
        let text = """
            owner of \(owner.organisation): \(owner.email), password \(owner.password) \
            (shown this once)
            """
        let output: FileHandle = json ? .standardError : .standardOutput
        output.write(Data((text + "\n").utf8))
    }

    static func show(_ report: RebuildReport, _ owners: RestoredOwners, json: Bool) {
        if json {
            return encode(
                Rebuild(
                    keys: report.keys,
                    otherKeys: report.otherKeys,
                    restored: report.restored,
                    restoredBytes: report.bytes,
                    present: report.present,
                    organisations: report.tenants,
                    cameras: report.cameras,
                    gaps: report.gaps,
                    differingGaps: report.differingGaps,
                    owners: owners.made,
                    ownerFailures: owners.failures,
                    rulesFailure: report.rulesFailure,
                    findings: report.findings.count,
                    findingsByKind: counts(report.findings),
                    listed: listed(report.findings)
                )
            )
        }
        show(report.findings)
        print(
            """
            restored \(report.restored) chunks of \(report.bytes) bytes and \(report.gaps) gaps; \
            \(report.present) were there. Made \(report.tenants) organisations and \
            \(report.cameras) cameras. Other keys: \(report.otherKeys). Not as they should be: \
            \(report.findings.count) chunks, \(report.differingGaps) gaps
            """
        )
        for failure in owners.failures {
            print("no owner was made of \(failure.organisation): \(failure.reason)")
        }
        if report.restored > 0 {
            print(
                """
                Restored footage is kept whatever its age. When all is as it should be: \
                sparc storage release --all
                """
            )
        }
        if let failure = report.rulesFailure {
            print("The bucket's lifecycle rules are to be looked at: \(failure)")
        }
        if report.hasNoChunk {
            print(
                """
                There is not one chunk in the bucket: if that is not so, look at S3_BUCKET (or \
                SPARC_STORE)
                """
            )
        }
    }

    static func show(_ report: ReconcileReport, json: Bool) {
        if json {
            return encode(
                Reconcile(
                    index: report.index.rawValue,
                    objects: report.objects,
                    otherKeys: report.otherKeys,
                    rows: report.rows,
                    sampled: report.sampled,
                    sampledBytes: report.sampledBytes,
                    seed: String(report.seed),
                    findings: report.findings.count,
                    findingsByKind: counts(report.findings),
                    listed: listed(report.findings)
                )
            )
        }
        show(report.findings)
        for (kind, count) in counts(report.findings).sorted(by: { $0.key < $1.key }) {
            print("\(kind): \(count)")
        }
        print(
            """
            \(report.objects) objects and \(report.rows) rows compared (\(report.otherKeys) other \
            keys), \(report.sampled) objects of \(report.sampledBytes) bytes read through (seed \
            \(report.seed)): \(report.findings.count) findings
            """
        )
        switch report.index {
        case .known: break
        case .empty:
            print(
                """
                The catalogue has no footage at all: its index is lost. Nothing of the bucket is \
                deleted for that; sparc storage rebuild makes it anew.
                """
            )
        case .foreign:
            print(
                """
                Not one object belongs to a row: this is another installation's bucket, or the \
                wrong database. Look at S3_BUCKET (or SPARC_STORE) and DATABASE_URL.
                """
            )
        }
    }

    static func show(_ protected: [ProtectedFootage], isReleased: Bool, json: Bool) {
        if json {
            return encode(
                Protection(
                    released: isReleased,
                    cameras: protected.map {
                        Protected(
                            tenant: $0.tenant.description,
                            organisation: $0.tenantName,
                            camera: $0.camera.description,
                            name: $0.cameraName,
                            from: $0.from,
                            to: $0.to,
                            chunks: $0.chunks,
                            restoredAt: $0.restoredAt
                        )
                    }
                )
            )
        }
        for footage in protected {
            print(
                """
                \(footage.tenantName)  \(footage.camera)  \(footage.cameraName)  \
                \(footage.from) to \(footage.to)  \(footage.chunks) chunks
                """
            )
        }
        let state = isReleased ? "released" : "protected until sparc storage release"
        print("footage of \(protected.count) cameras: \(state)")
    }

    private static func counts(_ findings: IndexFindings) -> [String: Int] {
        Dictionary(findings.counts.map { ($0.key.rawValue, $0.value) }) { $0 + $1 }
    }

    private static func listed(_ findings: IndexFindings) -> [Finding] {
        findings.kept.map { Finding(kind: $0.kind.rawValue, key: $0.key, detail: $0.detail) }
    }

    private static func show(_ findings: IndexFindings) {
        for finding in findings.kept.prefix(textLimit) {
            let detail = finding.detail.isEmpty ? "" : ": \(finding.detail)"
            print("\(finding.kind.rawValue)  \(finding.key)\(detail)")
        }
        let more = findings.count - min(findings.count, textLimit)
        if more > 0 { print("and \(more) more; --json lists the first \(IndexFindings.limit)") }
    }

    private static func encode(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(value)) ?? Data("{}".utf8)
        print(String(decoding: data, as: UTF8.self))
    }
}
