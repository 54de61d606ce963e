import API
import Catalog
import Domain
import Foundation
import Keys
import ObjectStore
import Synchronization
import TestSupport
import Testing

/// Ways out of a folder, in every spelling, wherever a path or a name is given: they lead nowhere, and
/// nothing is made by them.
struct PathTraversalTests {
    /// In every spelling, so that what was made by one is found.
    private static let target = "out-\(UUID().uuidString.prefix(8))".lowercased()
    /// Spellings of each path parameter that is no file's.
    private static let share = 12

    private static func parameters(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0) }
    }

    /// A path with ids of nothing, but one parameter.
    private static func uri(_ path: String, _ parameter: String, _ text: String) -> String {
        var target = path.replacing(parameter, with: text)
        for other in parameters(path) where other != parameter {
            let right = [
                "{stream}": "main", "{file}": "1-1.mp4", "{run}": "\(RunID())", "{key}": "a/b.mp4",
            ]
            target = target.replacing(other, with: right[other] ?? "\(CameraID())")
        }
        return target
    }

    /// Files and folders whose names have the target in them, where one would be made.
    private static func made(_ bed: TestBed) -> [String] {
        let manager = FileManager.default
        let store = URL(fileURLWithPath: bed.store)
        let places = [
            "/", "/tmp", "/etc", manager.currentDirectoryPath, store.path,
            store.deletingLastPathComponent().path,
        ]
        return places.flatMap { place in
            ((try? manager.contentsOfDirectory(atPath: place)) ?? []).map { "\(place)/\($0)" }
        }.filter { $0.contains(target) }
    }

    @Test func `no path parameter leads out of its place`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        _ = try await bed.catalog.setProvider(owner.tenant, true)
        let specification = try Specification.shared()
        let all = PathSpellings.all(to: Self.target, levels: 4, after: "\(CameraID())")
        #expect(all.count > 500)
        let asked = bed.edge.state.withLock { $0.targets.count }
        try await bed.run { api in
            var random = SeededRandom(seed: 19)
            var (calls, places) = (0, 0)
            for operation in specification.operations.sorted() {
                let words = operation.split(separator: " ").map { String($0) }
                let isOfFile = words[1].hasPrefix("/media") || words[1].hasPrefix("/hls")
                let token =
                    words[1].hasPrefix("/internal") ? TestBed.workerToken : owner.token
                for parameter in Self.parameters(words[1]) {
                    places += 1
                    for text in all
                    where isOfFile || Int.random(in: 0..<Self.share, using: &random) == 0 {
                        calls += 1
                        let answer = try await api.send(
                            words[0],
                            Self.uri(words[1], parameter, text),
                            token: token,
                            body: ["POST", "PATCH", "PUT"].contains(words[0]) ? "{}" : nil
                        )
                        // A login through a provider ends on a page, for whatever reason.
                        let isPage =
                            answer.status == 303
                            && answer.header("location")?.hasPrefix("/#login_error=") == true
                        #expect(
                            isPage || [400, 401, 403, 404, 405].contains(answer.status),
                            "\(operation) with \(text): \(answer.status)"
                        )
                        #expect(!answer.text.contains("root:"), "\(operation) with \(text)")
                    }
                }
            }
            print("path traversal: \(calls) calls at \(places) path parameters")
        }
        #expect(Self.made(bed).isEmpty)
        // No worker is asked for what has no signature.
        let targets = bed.edge.state.withLock { Array($0.targets.dropFirst(asked)) }
        #expect(!targets.contains { $0.contains(Self.target) })
    }

    /// As if the catalogue had such a key: the signature is right, and there is an object.
    @Test func `a right signature leads to no object outside the store`() async throws {
        let bed = try await TestBed.shared()
        let store = URL(fileURLWithPath: bed.store)
        let outside = store.deletingLastPathComponent().appendingPathComponent(Self.target)
        let canary = Array("canary of \(Self.target)".utf8)
        let file = outside.path + ".file"
        try Data(canary).write(to: URL(fileURLWithPath: file))
        defer {
            for path in [outside.path, file] { try? FileManager.default.removeItem(atPath: path) }
        }
        let elsewhere = DirectoryStore(root: outside.path)
        _ = try await elsewhere.put(
            NewObject(
                key: try #require(ObjectKey("secret.mp4")),
                path: file,
                length: canary.count,
                sha256: try Footage.sha256(file),
                tags: nil,
                metadata: [:]
            )
        )
        let expires = bed.services.now().adding(milliseconds: 600_000)
        let all = [1, 2].flatMap { levels in
            PathSpellings.all(to: Self.target + "/secret.mp4", levels: levels, after: "aa")
        }
        // It is there, for who looks there.
        let right = try bed.variant { $0.objects = elsewhere }
        try await right.run { api in
            let uri = bed.services.signer.signed("/media/object/secret.mp4", expires: expires)
            let answer = try await api.send("GET", uri)
            #expect(answer.bytes == canary)
        }
        try await bed.run { api in
            for text in all {
                for path in ["/media/object/\(text)", "/media/object/" + outside.path + "/" + text]
                {
                    let answer = try await api.send(
                        "GET",
                        bed.services.signer.signed(path, expires: expires)
                    )
                    #expect([400, 403, 404].contains(answer.status), "\(path): \(answer.status)")
                    #expect(!answer.text.contains("canary"), "\(path)")
                }
            }
        }
    }

    @Test func `no spelling is a key of an object`() {
        let all = PathSpellings.all(to: Self.target, levels: 3, after: "aa")
        for text in all + all.map(PathSpellings.decoded) {
            guard let key = ObjectKey(text) else { continue }
            let parts = key.description.split(separator: "/", omittingEmptySubsequences: false)
            #expect(parts.allSatisfy { !$0.isEmpty && $0.first != "." }, "\(text)")
        }
    }

    private static func quoted(_ text: String) -> String {
        let data = try? JSONEncoder().encode(text)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    @Test func `a name is a name, whatever it looks like`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let all = PathSpellings.all(to: Self.target, levels: 2, after: "aa")
        var random = SeededRandom(seed: 20)
        let names = Set(all.flatMap { [$0, PathSpellings.decoded($0)] }).sorted().filter { _ in
            Int.random(in: 0..<8, using: &random) == 0
        }
        #expect(names.count > 80)
        let before = FileManager.default.enumerator(atPath: bed.store)?.allObjects.count ?? 0
        try await bed.run { api in
            var made = 0
            for name in names {
                let text = Self.quoted(name)
                for (path, body) in [
                    ("/api/v1/cameras", #"{"name":\#(text),"url":"rtsp://10.1.2.3/s"}"#),
                    ("/api/v1/sites", #"{"name":\#(text)}"#),
                    ("/api/v1/roles", #"{"name":\#(text),"permissions":["cameras.read"]}"#),
                    (
                        "/api/v1/holds",
                        #"{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","#
                            + #""reason":\#(text)}"#
                    ),
                ] {
                    let answer = try await api.post(path, owner, body)
                    // Full, or there already.
                    #expect([201, 400, 409].contains(answer.status), "\(path): \(name)")
                    guard answer.status == 201 else { continue }
                    made += 1
                    let shown = answer.string(path.hasSuffix("holds") ? "reason" : "name")
                    #expect(shown == name.trimmingCharacters(in: .whitespaces), "\(path)")
                }
            }
            print("path traversal: \(made) names that look like paths are names")
        }
        let after = FileManager.default.enumerator(atPath: bed.store)?.allObjects.count ?? 0
        #expect(Self.made(bed).isEmpty && before == after)
    }
}
