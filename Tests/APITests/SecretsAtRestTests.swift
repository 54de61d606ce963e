import API
import Catalog
import Database
import Domain
import Foundation
import Hummingbird
import HummingbirdTesting
import Jobs
import Keys
import Logging
import Processes
import Synchronization
import TestSupport
import Testing

/// `reliability.md` rows 33 to 35, over the real routes and a real PostgreSQL.
@Suite(.serialized) struct SecretsAtRestTests {
    /// Everything that is logged, at every level.
    private final class Lines: Sendable {
        private let text = Mutex("")

        var all: String { text.withLock { $0 } }

        func add(_ line: String) {
            text.withLock { $0 += line + "\n" }
        }
    }

    private struct Recorder: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.add("\(event.message) \(metadata) \(event.metadata ?? [:])")
        }
    }

    /// A key service that is away when it is told.
    private final class AwayKeyService: KeyService {
        private let local: LocalKeyService
        private let isAway = Mutex(false)

        init(_ ring: KeyRing) {
            local = LocalKeyService(ring: ring)
        }

        func setAway(_ away: Bool) {
            isAway.withLock { $0 = away }
        }

        func wrap(_ key: [UInt8], for context: DataKeyContext) async throws(KeysError) -> [UInt8] {
            try await local.wrap(key, for: context)
        }

        func unwrap(
            _ wrapped: [UInt8],
            for context: DataKeyContext
        ) async throws(KeysError) -> [UInt8] {
            if isAway.withLock({ $0 }) {
                throw KeysError(code: .unavailable, message: "the key service is away")
            }
            return try await local.unwrap(wrapped, for: context)
        }

        func isCurrent(_ wrapped: [UInt8]) -> Bool {
            local.isCurrent(wrapped)
        }
    }

    /// The catalogue's data keys; a rotation ends between the question for one and the answer.
    private final class RotatingStore: DataKeyStoring {
        private let catalog: Catalog
        private let rotation: KeyRotation
        private let left: Mutex<Int>

        init(_ bed: TestBed, rotations: Int) {
            catalog = bed.catalog
            rotation = KeyRotation(
                catalog: catalog,
                envelope: Envelope(ring: bed.services.keys, store: catalog)
            )
            left = Mutex(rotations)
        }

        func currentDataKey(_ tenant: TenantID) async throws -> WrappedDataKey? {
            try await catalog.currentDataKey(tenant)
        }

        func dataKey(_ tenant: TenantID, _ number: UInt32) async throws -> WrappedDataKey? {
            let isNext = left.withLock { left in
                left -= 1
                return left >= 0
            }
            if isNext { _ = try await rotation.run(tenant) }
            return try await catalog.dataKey(tenant, number)
        }

        func addDataKey(
            _ tenant: TenantID,
            _ key: WrappedDataKey,
            replacing number: UInt32?
        ) async throws -> WrappedDataKey {
            try await catalog.addDataKey(tenant, key, replacing: number)
        }
    }

    private static let binaries = "/usr/lib/postgresql/15/bin"
    /// Camera passwords and webhook secrets: together the hundred of row 33.
    private static let passwords = 80
    private static let secrets = 20
    /// The data key after the rotations beside the readers; the first is 1.
    private static let lastKey = 11

    /// The forms in which a word could be found: itself, in base64 and in hex.
    private static func forms(_ word: String) -> [String] {
        let bytes = Array(word.utf8)
        let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return [word, String(Base64.encoded(bytes).prefix { $0 != "=" }.dropLast()), hex]
    }

    @Test func `of a hundred canaries none is in the database's files, a dump, logs or answers`()
        async throws
    {
        let lines = Lines()
        let bed = try await TestBed.shared().variant {
            $0.logger = Logger(label: "canaries") { _ in Recorder(lines: lines) }
        }
        let member = try await bed.member()
        // What has to be found, or the search is worth nothing.
        let control = "control\(UInt64.random(in: 0 ... .max))"
        let specification = try Specification.shared()
        let application = Application(
            responder: bed.responder,
            logger: Logger(label: "server") { _ in Recorder(lines: lines) }
        )
        let (canaries, answers) = try await application.test(.router) { client in
            try await plant(
                APIClient(client: client, specification: specification),
                member,
                control
            )
        }
        #expect(canaries.count == Self.passwords + Self.secrets && Set(canaries).count == 100)
        try await bed.asSuperuser("CHECKPOINT")
        let hits = try await search(canaries, control: control, bed, lines, answers)
        #expect(hits == [])
    }

    /// Adds cameras and webhooks, and asks for everything that could tell of them.
    private func plant(
        _ api: APIClient,
        _ member: Member,
        _ control: String
    ) async throws -> (canaries: [String], answers: [UInt8]) {
        var canaries = (0..<Self.passwords).map { "canary\($0)x\(UInt64.random(in: 0 ... .max))" }
        var answers: [UInt8] = []
        var reads = [
            "/api/v1/cameras?limit=100", "/api/v1/webhooks", "/api/v1/audit?limit=100",
            "/api/v1/events", "/metrics", "/health", "/api/v1/health",
        ]
        for (index, canary) in canaries.enumerated() {
            let url = "rtsp://u:\(canary)@10.1.2.3/\(index)"
            let body = #"{"name":"\#(control)","url":"\#(url)"}"#
            let added = try await api.post("/api/v1/cameras", member, body)
            #expect(added.status == 201)
            answers += added.bytes
            reads.append(try #require(added.header("location")))
        }
        for _ in 0..<Self.secrets {
            let body = #"{"url":"https://example.com/\#(control)"}"#
            let added = try await api.post("/api/v1/webhooks", member, body)
            #expect(added.status == 201, "\(added.text)")
            // Its one and only appearance.
            canaries.append(added.string("secret"))
            let place = try #require(added.header("location"))
            answers += try await api.post(place + "/test", member, "{}").bytes
            reads += [place, place + "/deliveries"]
        }
        for uri in reads {
            let answer = try await api.get(uri, member)
            #expect(answer.status == 200, "\(uri)")
            answers += answer.bytes
        }
        // What is refused is answered, and may be logged, with what was asked.
        let wrong = try await api.post(
            "/api/v1/cameras",
            member,
            #"{"name":"","url":"rtsp://u:\#(canaries[0])@8.8.8.8/x"}"#
        )
        #expect(wrong.status == 400)
        return (canaries, answers + wrong.bytes)
    }

    /// Writes logs, answers and a dump beside the server's files and searches all bytes with grep.
    /// - Returns: What was found where.
    private func search(
        _ canaries: [String],
        control: String,
        _ bed: TestBed,
        _ lines: Lines,
        _ answers: [UInt8]
    ) async throws -> [String] {
        let folder = "/tmp/canaries-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = try PostgresServer.shared()
        let database = try await database(bed)
        let dump = try await ShellCommand.run(
            Self.binaries + "/pg_dump",
            ["-h", server.folder, "-U", "postgres", "-f", folder + "/dump.sql", database]
        )
        #expect(dump.status.isSuccess, "\(dump.errors)")
        try Data(lines.all.utf8).write(to: URL(fileURLWithPath: folder + "/log"))
        try Data(answers).write(to: URL(fileURLWithPath: folder + "/answers"))
        let places = [folder + "/dump.sql", folder + "/log", folder + "/answers", server.folder]
        let words = folder + "/words"
        try Data(canaries.flatMap { Self.forms($0) }.joined(separator: "\n").utf8)
            .write(to: URL(fileURLWithPath: words))
        let found = try await ShellCommand.run(
            "/usr/bin/grep",
            ["-rlaiF", "-D", "skip", "-f", words] + places
        )
        let seen = try await ShellCommand.run(
            "/usr/bin/grep",
            ["-rlaiF", "-D", "skip", control] + places
        )
        // In the dump, the answers, a table's file and the write-ahead log at least.
        let controls = seen.output.split(separator: "\n")
        print("canaries: \(canaries.count) in 3 forms; files with the control: \(controls.count)")
        #expect(controls.contains { $0.hasSuffix("/dump.sql") })
        #expect(controls.contains { $0.hasSuffix("/answers") })
        #expect(controls.contains { $0.contains("/base/") })
        #expect(controls.contains { $0.contains("/pg_wal/") })
        #expect(lines.all.contains("/api/v1/cameras") || !lines.all.isEmpty)
        return found.output.split(separator: "\n").map { String($0) }
    }

    private func database(_ bed: TestBed) async throws -> String {
        let connection = try await Connection.open(bed.owner)
        return try await connection.run { session throws(DatabaseError) in
            try session.query("SELECT current_database()::text").first?.value(0) ?? ""
        }
    }

    private struct Stream: Sendable {
        let camera: CameraID
        let password: String
    }

    private func streams(
        _ count: Int,
        _ bed: TestBed,
        _ member: Member
    ) async throws -> (worker: WorkerID, streams: [Stream]) {
        try await bed.run { api in
            var streams: [Stream] = []
            var worker = WorkerID()
            for index in 0..<count {
                let password = "password-\(index)"
                let camera = try await api.addCamera(member, url: "rtsp://u:\(password)@10.1.2.3/s")
                if index == 0 { worker = try await Footage(bed, member, camera).worker }
                _ = try await bed.catalog.grant(worker, member.tenant, camera, .main)
                streams.append(Stream(camera: camera, password: password))
            }
            return (worker, streams)
        }
    }

    @Test func `streams keep their passwords while keys are rotated, and the old key is gone`()
        async throws
    {
        // Of its own: other tests' cameras would be in the worker's list.
        let bed = try await TestBed.empty()
        let member = try await bed.member()
        let (worker, streams) = try await streams(20, bed, member)
        let before = try #require(
            try await bed.catalog.camera(member.tenant, streams[0].camera)?.streams[0].credentials
        )
        let isOver = Lines()
        let reads = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await read(worker, streams, bed) { !isOver.all.isEmpty }
                }
            }
            group.addTask {
                defer { isOver.add("over") }
                let rotation = KeyRotation(
                    catalog: bed.catalog,
                    envelope: Envelope(ring: bed.services.keys, store: bed.catalog),
                    batch: 3
                )
                for number in 2...Self.lastKey {
                    let report = try await rotation.run(member.tenant)
                    #expect(report.key == UInt32(number) && report.failures.isEmpty)
                    #expect(report.sealed == 20 && report.deleted == [UInt32(number) - 1])
                }
                return 0
            }
            return try await group.reduce(0, +)
        }
        print("lists of 20 streams read while 10 rotations ran: \(reads)")
        #expect(reads >= 8)
        #expect(
            try await bed.catalog.dataKeys(member.tenant).map(\.number) == [UInt32(Self.lastKey)]
        )
        let fresh = Envelope(ring: bed.services.keys, store: bed.catalog)
        await #expect(throws: KeysError.self) {
            try await CameraSecrets.open(
                before,
                for: (member.tenant, streams[0].camera, .main),
                in: fresh
            )
        }
        // Nor can it be put back.
        let copy = SealedValue(
            column: .cameraCredentials,
            row: "\(streams[0].camera)/main",
            sealed: try #require(
                try await bed.catalog.camera(member.tenant, streams[0].camera)?
                    .streams[0].credentials
            )
        )
        await #expect(throws: CatalogError.self) {
            try await bed.catalog.rewrap(member.tenant, [(copy, before)])
        }
    }

    /// Asks for a worker's list until it is over; every answer has every password, and the tag of
    /// the first: a rotation is no new work.
    private func read(
        _ worker: WorkerID,
        _ streams: [Stream],
        _ bed: TestBed,
        until isOver: @Sendable () -> Bool
    ) async throws -> Int {
        try await bed.run { api in
            var count = 0
            var tag: String?
            repeat {
                let answer = try await api.worker(
                    "GET",
                    "/internal/v1/workers/\(worker)/assignments"
                )
                #expect(answer.status == 200, "\(answer.text)")
                let list = try JSONDecoder().decode(
                    WorkerAssignments.self,
                    from: Data(answer.bytes)
                )
                #expect(list.streams.count == streams.count)
                for stream in streams {
                    let found = list.streams.first { $0.camera == stream.camera }
                    let expected = CameraCredentials(user: "u", password: stream.password)
                    #expect(found?.credentials == expected)
                }
                #expect(tag == nil || tag == answer.header("etag"))
                tag = answer.header("etag")
                count += 1
            } while !isOver()
            return count
        }
    }

    @Test func `a key that ends between a list and its reading takes no password away`()
        async throws
    {
        let bed = try await TestBed.empty()
        let member = try await bed.member()
        let (worker, streams) = try await streams(3, bed, member)
        for rotations in 1...3 {
            let store = RotatingStore(bed, rotations: rotations)
            let other = try bed.variant {
                $0.envelope = Envelope(ring: bed.services.keys, store: store)
            }
            #expect(try await read(worker, streams, other) { true } == 1)
        }
        #expect(try await bed.catalog.dataKeys(member.tenant).map(\.number) == [7])
    }

    @Test func `while the key service is away kept keys go on, and no worker loses a password`()
        async throws
    {
        let shared = try await TestBed.empty()
        let member = try await shared.member()
        let (worker, streams) = try await streams(2, shared, member)
        let service = AwayKeyService(shared.services.keys)
        func bed() throws -> TestBed {
            try shared.variant {
                $0.envelope = Envelope(
                    service: service,
                    store: shared.catalog,
                    rings: [shared.services.keys]
                )
            }
        }
        let warm = try bed()
        #expect(try await read(worker, streams, warm) { true } == 1)
        service.setAway(true)
        #expect(try await read(worker, streams, warm) { true } == 1)
        // One that has just started gives no list at all: workers go on with theirs.
        try await bed().run { api in
            let uri = "/internal/v1/workers/\(worker)/assignments"
            let answer = try await api.worker("GET", uri)
            #expect(answer.status == 503)
            #expect(answer.header("retry-after") == "1")
            let camera = try await api.post(
                "/api/v1/cameras",
                member,
                #"{"name":"x","url":"rtsp://u:p@10.1.2.3/s"}"#
            )
            #expect(camera.status == 503)
        }
        service.setAway(false)
        #expect(try await read(worker, streams, try bed()) { true } == 1)
    }
}
