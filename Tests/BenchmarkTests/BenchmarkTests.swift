import Domain
import TestSupport
import Testing

@testable import SparcBench

/// The arithmetic of the benchmarks; what they measure is for `make bench`.
struct BenchmarkTests {
    @Test func `a percentile is the nearest rank`() {
        let values = Percentiles([5, 1, 4, 2, 3])
        #expect(values.median == 3)
        #expect(values.at(95) == 5)
        #expect(values.at(20) == 1)
        #expect(values.max == 5)
        #expect(Percentiles([]).median == nil)
    }

    @Test func `a gate passes at its limit and is missed without a value`() {
        #expect(Gate(name: "x", value: 0, limit: 0).isPassed)
        #expect(!Gate(name: "x", value: 0.11, limit: 0.1).isPassed)
        #expect(!Gate(name: "x", value: nil, limit: 1).isPassed)
        #expect(Gate(name: "lost", value: 2, limit: 0).line == "MISS: lost 2, limit 0")
    }

    @Test func `CPU seconds count children that ended, and a name may hold brackets`() {
        let stat = "7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 100 50 25 25 20 0 1 0 9 0"
        #expect(ProcFile.cpuSeconds(stat: stat, ticksPerSecond: 100) == 2)
        #expect(ProcFile.cpuSeconds(stat: "", ticksPerSecond: 100) == nil)
        let machine = "cpu  100 10 50 1000 9 1 4 5 7 0\ncpu0 1 1 1"
        #expect(ProcFile.busySeconds(machine, ticksPerSecond: 10) == 17)
        #expect(ProcFile.value("Pss", of: "Rss: 9 kB\nPss:   42 kB\n") == 42)
    }

    @Test func `a hole without a gap is found`() {
        let stamps = [0, 1, 4, 5].map { number in
            PictureStamp(
                camera: 0,
                picture: number,
                sentAt: WallTime(microseconds: Int64(number) * 1_000_000)
            )
        }
        let recording = Recording(stamps)
        #expect(recording.audit.missing == [2, 3])
        #expect(recording.holes == [WallTime(seconds: 1)..<WallTime(seconds: 4)])
        #expect(recording.unexplained([]).count == 1)
        let gap = WallTime(seconds: 2)..<WallTime(seconds: 4)
        #expect(recording.unexplained([gap]).isEmpty)
        let elsewhere = WallTime(seconds: 7)..<WallTime(seconds: 8)
        #expect(recording.unexplained([elsewhere]).count == 1)
    }

    @Test func `a store's bill is the month's share of what was counted`() {
        // Ten minutes of one camera of 1 MB a second, in ten objects, one of them put twice.
        let bill = StoreBill(
            objects: 10,
            footageSeconds: 600,
            bytes: 600_000_000,
            requests: ["PUT": 11, "HEAD": 1, "DELETE": 5]
        )
        #expect(abs(bill.putsPerMonth - 47_520) < 0.001)
        #expect(abs(bill.othersPerMonth - 4_320) < 0.001)
        #expect(abs(bill.gigabytesPerMonth - 2_592) < 0.001)
        #expect(abs(bill.requestPrice - (0.2376 + 0.001_728)) < 1e-9)
        #expect(abs(bill.tagsPrice - 0.112_32) < 1e-9)
        #expect(abs(bill.storagePrice - 59.616) < 1e-9)
    }

    @Test func `gates compare with the peer and need both`() {
        var ours = MethodResult(method: "sparc", cameras: 64)
        var peer = MethodResult(method: "ffmpeg", cameras: 64)
        ours.cpu = [MethodResult.recording: 0.05, "postgres": 9]
        ours.memory = [MethodResult.recording: 1]
        ours.latency = Percentiles([0.05, 0.06, 0.2])
        #expect(IngestBenchmark.gates(ours, peer).contains { $0.kind == .gate && !$0.isPassed })
        peer.cpu = [MethodResult.recording: 0.25]
        peer.memory = [MethodResult.recording: 15]
        #expect(!IngestBenchmark.gates(ours, peer).contains { !$0.isPassed })
        ours.lost = 1
        let missed = IngestBenchmark.gates(ours, peer).filter { !$0.isPassed }
        #expect(missed.map(\.name) == ["64 cameras: pictures lost"])
    }
}
