import Testing

/// Each rule against a planted breach of it, and against text that only looks like one.
struct SourceRulesTests {
    @Test func `an import outside the table is found`() {
        #expect(SourceRules.imports("import Domain\n", target: "Playlist") == [])
        for line in [
            "import Database", "package import Database", "@testable import Database",
            "internal import struct Database.Connection", "@preconcurrency package import Database",
            "import Database.Inner",
        ] {
            #expect(SourceRules.imports("\n" + line, target: "Playlist").count == 1, "\(line)")
        }
        #expect(SourceRules.imports("import Foundation", target: "Recorder").count == 1)
        #expect(SourceRules.imports("import Domain", target: "Unknown").count == 1)
    }

    @Test func `an import in a comment or a text is none`() {
        let text = """
            // import Database
            /* a
            import Database
            /* b */ import Database */
            let text = \"\"\"
                import Database
                \"\"\"
            """
        #expect(SourceRules.imports(text, target: "Playlist") == [])
    }

    @Test func `the word unsafe is found outside its targets`() {
        let text = "let value = unsafe pointer.pointee"
        #expect(SourceRules.unsafeWords(text, target: "Spool").count == 1)
        #expect(SourceRules.unsafeWords("@unsafe struct Handle {}", target: "Spool").count == 1)
        #expect(SourceRules.unsafeWords(text, target: "Sockets") == [])
        #expect(SourceRules.unsafeWords("// not unsafe\nlet isUnsafe = 1", target: "RTSP") == [])
    }

    @Test func `a file of 501 lines is too long`() {
        #expect(SourceRules.length(String(repeating: "\n", count: 500)) == [])
        #expect(SourceRules.length(String(repeating: "\n", count: 501)).count == 1)
    }

    @Test func `a loose task is found`() {
        for text in [
            "Task { await run() }", "Task.detached { }", "_ = Task<Void, Never> { }",
            "Task(priority: .low) { }", "Task.immediate { }",
        ] {
            #expect(SourceRules.looseTasks(text, path: "Sources/A/B.swift").count == 1, "\(text)")
        }
        for text in ["group.addTask { }", "try await Task.sleep(for: .zero)", "// Task { }"] {
            #expect(SourceRules.looseTasks(text, path: "Sources/A/B.swift") == [], "\(text)")
        }
    }

    @Test func `a forced try or cast is found`() {
        #expect(SourceRules.traps("let a = try! b()\nlet c = d as! E").count == 2)
        #expect(SourceRules.traps("let a = \"\\(try! b())\"").count == 1)
        #expect(SourceRules.traps("try b()\nlet text = \"try! as!\" // try!") == [])
    }

    @Test func `print is found in a library`() {
        #expect(SourceRules.prints("    print(1)", target: "Spool").count == 1)
        #expect(SourceRules.prints("    footprint(1)\n    page.print(2)", target: "Spool") == [])
        #expect(SourceRules.prints("print(1)", target: "sparc") == [])
    }

    @Test func `notes about work to be done are found`() {
        #expect(SourceRules.leftovers("// TODO: later\n/// FIXME\n").count == 2)
        #expect(SourceRules.leftovers("let todo = 1\n// mastodon") == [])
    }

    @Test func `unchecked Sendable without a reason is found`() {
        let plain = "/// A box.\nfinal class Box: @unchecked Sendable {}"
        let bare = "final class Box: @unchecked Sendable {}"
        let named = """
            /// A box.
            ///
            /// `@unchecked Sendable`: all access is under `lock`.
            @safe
            final class Box: @unchecked Sendable {}
            """
        #expect(SourceRules.uncheckedSendables(plain).count == 1)
        #expect(SourceRules.uncheckedSendables(bare).count == 1)
        #expect(SourceRules.uncheckedSendables(named) == [])
    }

    @Test func `a metric without a comment is found`() {
        let text = """
            enum MetricName {
                /// Streams that record.
                static let active = "sparc_video_streams_active"
                static let expected = "sparc_video_streams_expected"
            }
            """
        #expect(SourceRules.metricNames(text).count == 1)
    }

    @Test func `links are found but addresses and code`() {
        let text = """
            [a](docs/a.md) ![b](b.png "title") [c](https://example.org) [d](#part) [e](e.md#f)
            ```
            [g](g.md)
            ```
            """
        #expect(SourceRules.links(text) == ["docs/a.md", "b.png", "e.md"])
    }

    @Test func `what Package.swift declares is read`() {
        let text = """
            ours("A", ["Domain", crypto, .product(name: "JWTKit", package: "jwt-kit")]),
            ours("B", []),
            .executableTarget(
                name: "C",
                dependencies: [
                    "A", "B",
                ])
            """
        #expect(SourceRules.declared(in: text) == ["A": ["Domain"], "B": [], "C": ["A", "B"]])
    }

    @Test func `code is told from text, line for line`() {
        let text = "a(\"x\\(f(\"y\") + 1)z\") // c\nlet r = #\"q\"\\\"#; b"
        let code = SwiftText.code(of: text)
        #expect(code == "a(\" \\(f(\" \") + 1) \")     \nlet r = #\"   \"#; b")
    }
}
