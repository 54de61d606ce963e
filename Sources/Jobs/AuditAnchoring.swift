package import Catalog
package import Domain
internal import FoundationEssentials
internal import Keys
package import ObjectStore

/// Puts the signed heads of all audit logs into the object store, where whoever can write the
/// database does not reach.
///
/// An object is named by organisation, position and hash and never overwritten, so that any number
/// of coordinators may do it at once; a log without new entries gets none.
package actor AuditAnchoring {
    /// How often: what the owner of the database can cut off unseen is younger than this. At one
    /// object an hour and organisation it is 720 PUT a month.
    package static let interval = Duration.seconds(3_600)

    private let catalog: Catalog
    private let store: any ObjectStoring
    private let key: [UInt8]
    private let now: @Sendable () -> WallTime
    /// Positions that have an anchor of ours.
    private var anchored: [TenantID: Int64] = [:]

    /// - Parameter key: Of the purpose `auditAnchor`.
    package init(
        catalog: Catalog,
        store: any ObjectStoring,
        key: [UInt8],
        now: @escaping @Sendable () -> WallTime
    ) {
        self.catalog = catalog
        self.store = store
        self.key = key
        self.now = now
    }

    /// One round over all logs. One that fails does not keep the others from theirs.
    /// - Returns: Anchors that were made.
    /// - Throws: The first failure, after the round.
    package func pass() async throws -> Int {
        var made = 0
        var failure: (any Error)?
        for (tenant, _) in try await catalog.auditLogs() {
            do {
                if try await anchor(tenant) { made += 1 }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return made
    }

    private func anchor(_ tenant: TenantID) async throws -> Bool {
        guard let head = try await catalog.auditHead(tenant), anchored[tenant] != head.position
        else { return false }
        let anchor = AuditAnchor(
            tenant: tenant,
            position: head.position,
            hash: head.hash,
            at: now(),
            key: key
        )
        let isMade = try await put(anchor)
        anchored[tenant] = head.position
        return isMade
    }

    /// Folder of all anchors.
    static let root = "audit/"

    /// Folder of an organisation's anchors.
    static func folder(_ tenant: TenantID) -> String {
        "\(root)\(tenant)/"
    }

    /// False: another coordinator, or an earlier run, anchored this head.
    private func put(_ anchor: AuditAnchor) async throws -> Bool {
        let digits = String(anchor.position)
        let place = String(repeating: "0", count: 20 - digits.count) + digits
        let name = "\(Self.folder(anchor.tenant))\(place)-\(anchor.hash.prefix(16)).json"
        guard let object = ObjectKey(name) else { return false }
        guard try await store.head(object) == nil else { return false }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let data = try encoder.encode(anchor)
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("sparc-anchor-\(UUID().uuidString).json")
        try data.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var hasher = FileHasher()
        hasher.update(Array(data))
        var new = NewObject(
            key: object,
            path: file.path,
            length: data.count,
            sha256: hasher.finish(),
            tags: nil,
            metadata: [:]
        )
        new.contentType = "application/json"
        do {
            _ = try await store.put(new)
            return true
        } catch let error as ObjectStoreError where error.code == .conflict {
            // Another coordinator's, of another moment.
            return false
        }
    }
}
