package import Catalog
import Domain
package import ObjectStore

/// Compares catalogue and bucket, both ways. It changes nothing in either, whatever it finds: what
/// an empty or foreign index does not name is not rubbish. In this order:
/// 1. objects: each key has a row; the object has its length and hash as far as the store tells;
/// 2. rows: each row without tombstone has an object;
/// 3. sample: some objects are read through and hashed;
/// 4. second look: what was found missing is looked for again a moment later, because a running
///    installation stores and deletes meanwhile.
package struct Reconciliation: Sendable {
    /// Most objects that are read through; more is a copy of the bucket.
    package static let sampleLimit = 100_000
    /// Objects that are asked for at once: enough to hide a store's answering time.
    private static let parallel = 16
    /// Bytes of one read of a sampled object.
    private static let piece = 4 << 20

    private let catalog: Catalog
    private let store: any ObjectStoring
    private let page: Int
    private let sample: Int
    private let seed: UInt64
    private let isQuick: Bool
    private let settle: @Sendable () async throws -> Void
    private let progress: @Sendable (IndexProgress) -> Void

    /// - Parameters:
    ///   - page: Objects or rows between two transactions, 1 to `Catalog.restoreLimit`.
    ///   - sample: Objects to read through, 0 to `sampleLimit`.
    ///   - seed: Which ones; the same bucket and seed give the same.
    ///   - isQuick: Whether only keys and rows are compared, without a request for each object.
    ///   - settle: Waits before the second look.
    ///   - progress: Called after each page.
    package init(
        catalog: Catalog,
        store: any ObjectStoring,
        page: Int = Catalog.restoreLimit,
        sample: Int,
        seed: UInt64,
        isQuick: Bool = false,
        settle: @escaping @Sendable () async throws -> Void = {},
        progress: @escaping @Sendable (IndexProgress) -> Void = { _ in }
    ) {
        self.catalog = catalog
        self.store = store
        self.page = min(max(1, page), Catalog.restoreLimit)
        self.sample = min(max(0, sample), Self.sampleLimit)
        self.seed = seed
        self.isQuick = isQuick
        self.settle = settle
        self.progress = progress
    }

    /// One comparison to its end.
    package func run() async throws -> ReconcileReport {
        var report = ReconcileReport(seed: seed)
        var missing = MissingParts()
        // 1
        let picks = try await compareObjects(&report, &missing)
        // 2
        try await compareRows(&report, &missing)
        // 3
        let bad = Set(report.findings.kept.map(\.key))
        let sampled = picks.filter { !bad.contains($0.key) }
        for (index, row) in sampled.enumerated() {
            try await readThrough(row, &report, &missing)
            progress(IndexProgress(phase: "reading", done: index + 1, total: sampled.count))
        }
        // 4
        try await lookAgain(missing, &report)
        return report
    }

    /// Step 1.
    /// - Returns: The rows of the objects to read through.
    private func compareObjects(
        _ report: inout ReconcileReport,
        _ missing: inout MissingParts
    ) async throws -> [IndexRow] {
        var picks = Reservoir<IndexRow>(size: isQuick ? 0 : sample, seed: seed)
        var walk = KeyWalk(store: store, page: page)
        while let keys = try await walk.next() {
            let chunks = keys.compactMap { key in
                ChunkKey(key.description).map { (key: key, chunk: $0) }
            }
            report.otherKeys += keys.count - chunks.count
            report.objects += chunks.count
            let rows = try await catalog.indexRows(of: chunks.map(\.chunk.identity))
            let byKey = Dictionary(rows.map { ($0.key, $0) }) { first, _ in first }
            var matched: [KnownObject] = []
            for (key, chunk) in chunks {
                guard let row = byKey[key.description] else {
                    missing.add(.withoutRow, chunk.identity, key.description, &report)
                    continue
                }
                report.objectsWithRow += 1
                if row.hasTombstone { continue }
                matched.append(KnownObject(key: key, row: row))
            }
            for object in matched {
                if !object.row.sha256.hasPrefix(object.hashPrefix) {
                    report.findings.add(
                        IndexFinding(kind: .differentRow, key: object.key, detail: "sha256")
                    )
                }
                picks.offer(object.row)
            }
            if !isQuick { try await ask(matched, &report, &missing) }
            progress(IndexProgress(phase: "objects", done: report.objects, total: nil))
        }
        return picks.picked
    }

    /// Length and hash as the store tells them.
    private func ask(
        _ objects: [KnownObject],
        _ report: inout ReconcileReport,
        _ missing: inout MissingParts
    ) async throws {
        let answers = try await concurrently(objects, atOnce: Self.parallel) { [store] object in
            do { return ObjectAnswer.told(try await store.head(object.key)) } catch let error
                as ObjectStoreError where !error.isRetryable
            {
                let isUnreadable = error.code == .unreadable
                return .bad(isUnreadable ? .unreadable : .unreadableMetadata, error.message)
            }
        }
        for (object, answer) in zip(objects, answers) {
            switch answer {
            case .bad(let kind, let detail):
                report.findings.add(IndexFinding(kind: kind, key: object.key, detail: detail))
            case .told(nil):
                missing.add(.withoutObject, object.row.identity, object.row.key, &report)
            case .told(let stored?):
                if stored.length != object.row.length {
                    report.findings.add(
                        IndexFinding(
                            kind: .wrongLength,
                            key: object.key,
                            detail: "\(stored.length) bytes of \(object.row.length)"
                        )
                    )
                } else if !stored.sha256.isEmpty, stored.sha256 != object.row.sha256 {
                    report.findings.add(
                        IndexFinding(
                            kind: .wrongHash,
                            key: object.key,
                            detail: "the store says \(stored.sha256)"
                        )
                    )
                }
            }
        }
    }

    /// Step 2. Rows come in the order of stream and time, so those of one folder stand together.
    private func compareRows(
        _ report: inout ReconcileReport,
        _ missing: inout MissingParts
    ) async throws {
        var last: IndexRow?
        var folder = ""
        var present: Set<String> = []
        while true {
            try Task.checkCancellation()
            let rows = try await catalog.indexRows(after: last, limit: page)
            for row in rows {
                let parts = row.key.split(separator: "/", omittingEmptySubsequences: false)
                let own = parts.dropLast().joined(separator: "/") + "/"
                if own != folder {
                    folder = own
                    present = try await keys(in: own)
                }
                if !present.contains(row.key) {
                    missing.add(.withoutObject, row.identity, row.key, &report)
                }
            }
            report.rows += rows.count
            progress(IndexProgress(phase: "rows", done: report.rows, total: nil))
            guard rows.count == page else { return }
            last = rows.last
        }
    }

    /// All keys of one folder: of a stream's day, 21,600 at most with the shortest chunks.
    private func keys(in folder: String) async throws -> Set<String> {
        var found: Set<String> = []
        var walk = KeyWalk(store: store, page: Catalog.restoreLimit, prefix: folder)
        while let keys = try await walk.next() {
            found.formUnion(keys.map(\.description))
        }
        return found
    }

    /// Step 3.
    private func readThrough(
        _ row: IndexRow,
        _ report: inout ReconcileReport,
        _ missing: inout MissingParts
    ) async throws {
        guard let key = ObjectKey(row.key) else { return }
        var hasher = FileHasher()
        do {
            while hasher.length < row.length {
                let end = min(hasher.length + Self.piece, row.length)
                hasher.update(try await store.read(key, range: hasher.length..<end))
            }
        } catch let error as ObjectStoreError where !error.isRetryable {
            if error.code == .notFound {
                missing.add(.withoutObject, row.identity, row.key, &report)
            } else {
                let kind: IndexFinding.Kind =
                    error.code == .unreadable ? .unreadable : .wrongLength
                report.findings.add(IndexFinding(kind: kind, key: row.key, detail: error.message))
            }
            return
        }
        report.sampled += 1
        report.sampledBytes += hasher.length
        let hash = hasher.finish()
        guard hash != row.sha256 else { return }
        report.findings.add(
            IndexFinding(kind: .wrongHash, key: row.key, detail: "its bytes have \(hash)")
        )
    }

    /// Step 4.
    private func lookAgain(
        _ missing: MissingParts,
        _ report: inout ReconcileReport
    ) async throws {
        let parts = missing.kept
        if parts.isEmpty { return }
        try await settle()
        for start in stride(from: 0, to: parts.count, by: page) {
            let batch = Array(parts[start..<min(start + page, parts.count)])
            let rows = try await catalog.indexRows(of: batch.map(\.identity))
            let byKey = Dictionary(rows.map { ($0.key, $0) }) { first, _ in first }
            let objects = try await concurrently(batch, atOnce: Self.parallel) { [store] part in
                guard let key = ObjectKey(part.key) else { return false }
                do { return try await store.head(key) != nil } catch let error as ObjectStoreError
                    where !error.isRetryable
                { return true }
            }
            for (part, hasObject) in zip(batch, objects) {
                let row = byKey[part.key]
                let isStillSo =
                    switch part.kind {
                    case .withoutRow: hasObject && row == nil
                    default: !hasObject && row?.hasTombstone == false
                    }
                guard isStillSo else { continue }
                let others = rows.filter { $0.identity == part.identity && $0.key != part.key }
                let detail = others.first.map { "the row of this chunk names \($0.key)" } ?? ""
                report.findings.add(IndexFinding(kind: part.kind, key: part.key, detail: detail))
            }
        }
    }
}

/// An object with a row.
private struct KnownObject: Sendable {
    let key: ObjectKey
    let row: IndexRow

    /// The part of the hash that is in the key.
    var hashPrefix: String {
        ChunkKey(key.description)?.hashPrefix ?? ""
    }
}

/// What the store says of an object.
private enum ObjectAnswer: Sendable {
    case told(StoredObject?)
    case bad(IndexFinding.Kind, String)
}

/// What was missing at the first look, each part once.
private struct MissingParts {
    struct Part: Hashable, Sendable {
        var kind: IndexFinding.Kind
        var identity: ChunkIdentity
        var key: String
    }

    private(set) var kept: [Part] = []
    private var seen: Set<Part> = []

    /// Beyond the limit of findings nothing is kept for a second look: so many are no coincidence.
    mutating func add(
        _ kind: IndexFinding.Kind,
        _ identity: ChunkIdentity,
        _ key: String,
        _ report: inout ReconcileReport
    ) {
        let part = Part(kind: kind, identity: identity, key: key)
        guard kept.count < IndexFindings.limit else {
            if !seen.contains(part) { report.findings.add(IndexFinding(kind: kind, key: key)) }
            return
        }
        if seen.insert(part).inserted { kept.append(part) }
    }
}
