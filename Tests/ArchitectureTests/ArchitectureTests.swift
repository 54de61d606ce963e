import Testing

/// The source tree against the rules of the house.
struct ArchitectureTests {
    private static func each(
        in folders: [String] = ["Sources", "Benchmarks"],
        _ rule: (SourceTree.File) -> [String]
    ) throws -> [String] {
        try folders.flatMap { try SourceTree.files(below: $0, suffix: ".swift") }
            .flatMap { file in rule(file).map { "\(file.path):\($0)" } }
    }

    @Test func `targets import only what the table allows`() throws {
        let found = try Self.each { SourceRules.imports($0.text, target: $0.target) }
        #expect(found == [])
    }

    @Test func `Package.swift declares no more than the table allows`() throws {
        let package = try SourceTree.file("Package.swift").text
        let declared = SourceRules.declared(in: package)
        let names = Set(ImportTable.rows.keys)
        #expect(declared.count > 20)
        for (target, dependencies) in declared {
            let row = try #require(ImportTable.rows[target], "no row for \(target)")
            let ours = dependencies.filter { names.contains($0) || $0.hasPrefix("C") }
            let products: Set<String> = ["Crypto", "CoreMetrics"]
            #expect(ours.subtracting(row.ours).subtracting(products) == [], "\(target)")
        }
    }

    @Test func `every folder of code has a row, and every row a folder`() throws {
        let benchmarks = try SourceTree.folders(in: "Benchmarks").filter { $0 != "results" }
        let folders = Set(try SourceTree.folders(in: "Sources") + benchmarks)
        let modules = Set(folders.filter { SourceTree.exists("Sources/\($0)/module.modulemap") })
        #expect(folders.subtracting(modules) == Set(ImportTable.rows.keys))
    }

    @Test func `the table has no cycle`() {
        var rest = ImportTable.rows.mapValues { row in
            row.ours.filter { ImportTable.rows[$0] != nil }
        }
        while let free = rest.first(where: { $0.value.isEmpty })?.key {
            rest[free] = nil
            for target in rest.keys { rest[target]?.remove(free) }
        }
        #expect(rest.keys.sorted() == [])
    }

    @Test func `only the owners of C and system calls are marked unsafe`() throws {
        let found = try Self.each { SourceRules.unsafeWords($0.text, target: $0.target) }
        #expect(found == [])
    }

    @Test func `no file is longer than five hundred lines`() throws {
        let found = try Self.each(in: ["Sources", "Tests", "Benchmarks"]) {
            SourceRules.length($0.text)
        }
        #expect(found == [])
    }

    @Test func `no task is loose`() throws {
        let found = try Self.each { SourceRules.looseTasks($0.text, path: $0.path) }
        #expect(found == [])
        for path in ImportTable.looseTasks.keys { #expect(SourceTree.exists(path)) }
    }

    @Test func `unchecked Sendable says what makes it safe`() throws {
        let found = try Self.each { SourceRules.uncheckedSendables($0.text) }
        #expect(found == [])
    }

    @Test func `nothing traps by try or as`() throws {
        let found = try Self.each(in: ["Sources", "Tests", "Benchmarks"]) {
            SourceRules.traps($0.text)
        }
        #expect(found == [])
    }

    @Test func `libraries do not print`() throws {
        let found = try Self.each { SourceRules.prints($0.text, target: $0.target) }
        #expect(found == [])
    }

    @Test func `no work is left in the source`() throws {
        let found = try Self.each(in: ["Sources", "Tests", "Benchmarks"]) { file in
            file.path.hasPrefix("Tests/ArchitectureTests/") ? [] : SourceRules.leftovers(file.text)
        }
        #expect(found == [])
    }

    @Test func `every metric is documented`() throws {
        let names = try SourceTree.file("Sources/Telemetry/MetricName.swift")
        #expect(SourceRules.metricNames(names.text) == [])
        #expect(names.text.contains("sparc_video_streams_active"))
    }

    @Test func `links in the README lead to files`() throws {
        let links = SourceRules.links(try SourceTree.file("README.md").text)
        #expect(links.filter { !SourceTree.exists($0) } == [])
    }
}
