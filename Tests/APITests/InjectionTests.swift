import API
import Catalog
import Database
import Foundation
import Identity
import TestSupport
import Testing

/// Words that end a text, a comment, a pattern or a number in SQL, in every parameter of every
/// operation: the database never says that it could not read a statement or a value, and nobody gets
/// an error of ours.
struct InjectionTests {
    private static let words = [
        "'", "\"", "''", "' OR '1'='1", "'; DROP TABLE sparc.users; --", "1; SELECT pg_sleep(5)--",
        "') UNION SELECT password_hash FROM sparc.users --", "\\", "\\'", "%", "%'", "_", "$1",
        "$$", "$tag$", "E'\\x27'", "--", "/*", "*/", "0x27", "%27", "\u{2bc}", "\u{ff07}", "`",
        "{}", "{\"a\":1}", "[1]", "(", "*", "[", "NULL", "true", "-1", "99999999999999999999",
        "1e999",
        "NaN", "infinity", "\u{0}", "\n", "\r\n", "\u{1}", "\u{ffff}", "\u{202e}", "😀",
        "9999-12-31T23:59:59.999999Z", "0000-00-00T00:00:00Z", "2026-13-45T99:99:99Z",
        "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-00000000000g",
        String(repeating: "a", count: 5_000), "pg_catalog.pg_class", "now()", "::text",
        "||pg_sleep(5)",
    ]

    private static let encodable = CharacterSet(
        charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    )

    private struct Call {
        var method: String
        var uri: String
        var body: String?
    }

    private static func encoded(_ word: String) -> String {
        word.addingPercentEncoding(withAllowedCharacters: encodable) ?? ""
    }

    private static func json(_ word: String) -> String {
        (try? JSONEncoder().encode(word)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }

    /// Places of a body's texts that are no names of members.
    private static func texts(_ body: String) -> [Range<String.Index>] {
        body.ranges(of: #/"[^"]*"/#).filter { range in
            body[range.upperBound...].first { $0 != " " } != ":"
        }
    }

    /// Each parameter of each operation with some of the words; the others hold what fits.
    private static func calls(
        _ specification: Specification,
        words count: Int,
        _ random: inout SeededRandom
    ) -> [Call] {
        var calls: [Call] = []
        for operation in specification.operations.sorted() {
            let parts = operation.split(separator: " ").map(String.init)
            let (method, path) = (parts[0], parts[1])
            let described = specification.operation(method, path) ?? [:]
            let names = path.matches(of: #/\{[a-z_]+\}/#).map { String($0.output) }
            let fitting = names.reduce(path) {
                $0.replacing($1, with: UUID().uuidString.lowercased())
            }
            let bodies = (IsolationEntry.table[operation] ?? []).compactMap(\.body).map {
                $0.replacing("#", with: UUID().uuidString.lowercased())
                    .replacing("@camera", with: UUID().uuidString.lowercased())
            }
            for name in names {
                for word in words.shuffled(using: &random).prefix(count) {
                    let uri = names.reduce(path) {
                        $0.replacing(
                            $1,
                            with: $1 == name ? encoded(word) : UUID().uuidString.lowercased()
                        )
                    }
                    calls.append(Call(method: method, uri: uri, body: bodies.first))
                }
            }
            var items = (described["parameters"] as? [[String: Any]] ?? []).map {
                specification.resolve($0)
            }.filter { $0["in"] as? String == "query" }.compactMap { $0["name"] as? String }
            if method == "GET" { items += ["sort", "order", "filter", "id"] }
            for item in items {
                for word in words.shuffled(using: &random).prefix(count) {
                    calls.append(
                        Call(method: method, uri: "\(fitting)?\(item)=\(encoded(word))", body: nil)
                    )
                }
            }
            for body in bodies {
                for range in texts(body) {
                    for word in words.shuffled(using: &random).prefix(count) {
                        let changed = body.replacingCharacters(in: range, with: json(word))
                        calls.append(Call(method: method, uri: fitting, body: changed))
                    }
                }
            }
        }
        return calls
    }

    @Test func `no parameter is read as a part of a statement`() async throws {
        let seed: UInt64 = 20_261_130
        var random = SeededRandom(seed: seed)
        let bed = try await TestBed.empty()
        let owner = try await bed.member()
        // Who may ask for everything.
        #expect(try await bed.catalog.setProvider(owner.tenant, true))
        let log = try PostgresServer.shared().folder + "/log"
        let before = try Data(contentsOf: URL(fileURLWithPath: log)).count
        let calls = Self.calls(try Specification.shared(), words: 10, &random)
        let counts = try await bed.run { api in
            var counts: [Int: Int] = [:]
            for call in calls {
                let answer = try await api.send(
                    call.method,
                    call.uri,
                    token: owner.token,
                    body: call.body
                )
                counts[answer.status, default: 0] += 1
                #expect(
                    answer.status != 500,
                    "\(call.method) \(call.uri) \(call.body ?? ""): \(answer.text)"
                )
            }
            return counts
        }
        // What the database could not read, of this test's own database.
        let name = bed.owner.values["dbname"] ?? "?"
        let lines = String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: log)).dropFirst(before),
            as: UTF8.self
        ).split(separator: "\n").filter { $0.contains(" \(name) ") && $0.contains("ERROR:") }
        let unread = lines.filter { line in
            // Of rows that exist already, or that do not, the catalogue tells by constraints.
            !line.contains("violates") && !line.contains("duplicate key")
        }
        #expect(unread.isEmpty)
        // The log is the right one, and it was not all refused at the door.
        #expect(!lines.isEmpty)
        #expect(counts[401, default: 0] < calls.count / 4)
        let text = counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        print(
            "injection: seed \(seed), \(calls.count) calls, \(lines.count) refusals by constraints,",
            "\(unread.count) statements or values that PostgreSQL could not read;",
            text.joined(separator: ", ")
        )
        #expect(calls.count > 1_000)
        // The table is still there.
        #expect(try await bed.catalog.user(owner.tenant, owner.user) != nil)
    }
}
