import Testing

@testable import SparcBench

/// `make bench-large` with a hundredth of its rows.
struct LargeTests {
    @Test func `a retention run among many rows ends, and players go on`() async throws {
        let row = try await LargeBenchmark(
            days: 30,
            cameras: 10,
            requests: 20,
            machine: await Machine.read()
        ).run()
        print("large, a hundredth: \(try row.json())")
        #expect(row.figures["rows"] == 432_000)
        // A whole day and a part of the next of every camera.
        #expect((row.figures["deleted_chunks"] ?? 0) >= 14_400)
        #expect((row.figures["playback_during"] ?? 0) > 0)
        #expect((row.figures["lock_looks"] ?? 0) > 0)
    }
}
