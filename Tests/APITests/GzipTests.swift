import API
import Foundation
import Testing

/// Our gzip is read by gzip.
struct GzipTests {
    private func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(UUID().uuidString).gz").path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        process.arguments = ["-dc", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return Array(data)
    }

    @Test func `what was compressed comes back, of every kind of text`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        var inputs: [[UInt8]] = [
            [], [0], Array("abcabcabcabcabcabc".utf8), [UInt8](repeating: 7, count: 100_000),
            (0..<70_000).map { UInt8(truncatingIfNeeded: $0) },
            (0..<50_000).map { _ in UInt8(truncatingIfNeeded: next()) },
        ]
        for letters in [2, 5, 40] {
            inputs.append((0..<80_000).map { _ in UInt8(Int(next()) % letters) })
        }
        // Matches at every distance up to the whole window and beyond.
        let phrase = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
        for gap in [1, 30, 1_000, 32_732, 32_733, 40_000] {
            inputs.append(
                phrase + (0..<gap).map { _ in UInt8(truncatingIfNeeded: next()) } + phrase
            )
        }
        for input in inputs {
            #expect(try gunzip(Gzip.compress(input)) == input, "\(input.count) bytes")
        }
    }

    @Test func `a playlist shrinks to a fraction`() {
        let line = "#EXTINF:4.00000,\n#EXT-X-BYTERANGE:1048576@"
        let text = (0..<900).map { "\(line)\($0 * 1_048_576)\n/media/object/\($0 / 15).mp4\n" }
        let bytes = Array(text.joined().utf8)
        #expect(Gzip.compress(bytes).count * 4 < bytes.count)
    }
}
