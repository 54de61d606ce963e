package import Catalog
package import Domain
internal import FoundationEssentials
internal import Keys
package import ObjectStore

/// Checks audit logs: each chain from its first entry, its head, and all anchors in the store.
package struct AuditVerification: Sendable {
    /// What a check of one organisation's log said.
    package struct Report: Hashable, Sendable, Encodable {
        package var tenant: TenantID
        package var name: String
        package var entries: Int64 = 0
        package var anchors = 0
        /// The newest place that an anchor vouches for.
        package var anchoredTo: Int64 = 0
        /// The first `findingLimit`.
        package var findings: [AuditFinding] = []
    }

    /// Findings of one report: one damage is one, so more say nothing new.
    package static let findingLimit = 100
    /// Entries of one question to the database.
    static let page = 1_000
    /// Bytes of an anchor; what is longer is none.
    static let anchorLimit = 4_096

    /// What an entry says of its own place.
    private struct Place: Decodable {
        var tenant: TenantID
        var position: Int64
        /// Microseconds since 1970.
        var at: Int64
    }

    /// Age of an entry, microseconds, from which on some anchor must be there: two rounds.
    private static let anchorAge: Int64 = 2 * 3_600 * 1_000_000

    private let catalog: Catalog
    private let store: any ObjectStoring
    private let keys: [[UInt8]]
    private let now: WallTime

    /// - Parameters:
    ///   - key: Of the purpose `auditAnchor`.
    ///   - previousKey: The same of the master key before it, whose anchors are good too.
    package init(
        catalog: Catalog,
        store: any ObjectStoring,
        key: [UInt8],
        previousKey: [UInt8]? = nil,
        now: WallTime
    ) {
        self.now = now
        self.catalog = catalog
        self.store = store
        keys = [key] + (previousKey.map { [$0] } ?? [])
    }

    /// Logs that the database or the store has; a name of one that is gone is empty.
    package func logs() async throws -> [(id: TenantID, name: String)] {
        var logs = try await catalog.auditLogs()
        let known = Set(logs.map(\.id))
        var last: ObjectKey?
        // Folder by folder: behind one's last key comes the next one's first.
        while let key = try await store.list(prefix: AuditAnchoring.root, after: last, limit: 1)
            .first
        {
            let words = key.description.split(separator: "/")
            guard words.count == 3, let tenant = TenantID(String(words[1])) else {
                last = key
                continue
            }
            if !known.contains(tenant) { logs.append((tenant, "")) }
            // `0` is the character behind `/`.
            last = ObjectKey("\(AuditAnchoring.root)\(tenant)0") ?? key
        }
        return logs
    }

    /// Checks one log.
    /// - Parameter progress: Called with the number of entries that were looked at.
    package func check(
        _ tenant: TenantID,
        name: String,
        progress: (Int64) -> Void = { _ in }
    ) async throws -> Report {
        var report = Report(tenant: tenant, name: name)
        // The head first: entries that are added meanwhile are behind it.
        let head = try await catalog.auditHead(tenant)
        var anchors = try await anchors(tenant, &report)
        var chain = AuditChain()
        var headFits = head == nil
        var isOld = false
        while true {
            try Task.checkCancellation()
            let entries = try await catalog.auditChain(
                tenant,
                after: chain.position,
                limit: Self.page
            )
            for entry in entries {
                let position = chain.position + 1
                if !chain.follows(position: entry.position, body: entry.body, hash: entry.hash) {
                    Self.add(.brokenChain, position, &report)
                }
                let place = try? JSONDecoder().decode(Place.self, from: Data(entry.body.utf8))
                if place?.tenant != tenant || place?.position != entry.position {
                    Self.add(.misplaced, entry.position, &report)
                }
                if let place, now.microseconds - place.at > Self.anchorAge { isOld = true }
                if let head, head.position == entry.position { headFits = head.hash == entry.hash }
                for anchor in anchors.removeValue(forKey: entry.position) ?? [] {
                    if anchor.says(entry.hash) {
                        report.anchoredTo = max(report.anchoredTo, entry.position)
                    } else {
                        Self.add(.rewritten, entry.position, &report)
                    }
                }
                report.entries += 1
            }
            progress(report.entries)
            if entries.count < Self.page { break }
        }
        if head == nil, report.entries > 0 { headFits = false }
        if !headFits { Self.add(.wrongHead, head?.position ?? 0, &report) }
        if isOld, report.anchors == 0 { Self.add(.unanchored, 0, &report) }
        for position in anchors.keys.sorted() { Self.add(.cut, position, &report) }
        return report
    }

    /// The anchors by position; what is none of ours is a finding. There may be two of one place:
    /// the log was rewritten in between.
    private func anchors(
        _ tenant: TenantID,
        _ report: inout Report
    ) async throws -> [Int64: [AuditAnchor]] {
        var found: [Int64: [AuditAnchor]] = [:]
        var walk = KeyWalk(
            store: store,
            page: Self.page,
            prefix: AuditAnchoring.folder(tenant)
        )
        while let keys = try await walk.next() {
            for key in keys {
                report.anchors += 1
                guard let anchor = try await anchor(key), anchor.tenant == tenant,
                    self.keys.contains(where: { anchor.isGenuine(key: $0) })
                else {
                    let place = key.description.split(separator: "/").last?.prefix(20)
                    Self.add(.forgedAnchor, place.flatMap { Int64($0) } ?? 0, &report)
                    continue
                }
                found[anchor.position, default: []].append(anchor)
            }
        }
        return found
    }

    private func anchor(_ key: ObjectKey) async throws -> AuditAnchor? {
        guard let object = try await store.head(key), 1...Self.anchorLimit ~= object.length else {
            return nil
        }
        let bytes = try await store.read(key, range: 0..<object.length)
        return try? JSONDecoder().decode(AuditAnchor.self, from: Data(bytes))
    }

    private static func add(_ kind: AuditFinding.Kind, _ position: Int64, _ report: inout Report) {
        guard report.findings.count < findingLimit else { return }
        report.findings.append(AuditFinding(tenant: report.tenant, position: position, kind: kind))
    }
}
