import Coordinator
import Domain
import Testing

@testable import Catalog

struct FleetViewTests {
    private static func worker(_ id: WorkerID, seen: Int64) -> WorkerRecord {
        WorkerRecord(
            id: id,
            name: "w",
            edge: "http://127.0.0.1:1",
            registeredAt: WallTime(seconds: 0),
            seenAt: WallTime(seconds: seen)
        )
    }

    private static func stream(_ worker: WorkerID?) -> StreamToRecord {
        StreamToRecord(
            tenant: TenantID(),
            camera: CameraID(),
            stream: .main,
            url: "rtsp://10.0.0.1/",
            credentials: nil,
            retentionDays: 30,
            recordedUntil: nil,
            lease: worker.map {
                StreamLease(worker: $0, epoch: 1, grantedAt: WallTime(seconds: 0))
            }
        )
    }

    private static func at(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `streams without a worker are spread evenly over those that live`() {
        var view = FleetView()
        let (first, second) = (WorkerID(), WorkerID())
        view.observe([Self.worker(first, seen: 1), Self.worker(second, seen: 1)], at: Self.at(0))
        let streams =
            (0..<4).map { _ in Self.stream(first) } + (0..<6).map { _ in Self.stream(nil) }
        let grants = view.grants(for: streams, at: Self.at(0))
        #expect(grants.count == 6)
        #expect(grants.count { $0.worker == second } == 5)
        #expect(grants.allSatisfy { $0.replacing == .none })
    }

    @Test func `streams move only when their worker is silent and another lives`() {
        var view = FleetView()
        let (first, second) = (WorkerID(), WorkerID())
        let streams = [Self.stream(first), Self.stream(second)]
        view.observe([Self.worker(first, seen: 1), Self.worker(second, seen: 1)], at: Self.at(0))
        #expect(view.grants(for: streams, at: Self.at(9)) == [])
        view.observe([Self.worker(first, seen: 1), Self.worker(second, seen: 9)], at: Self.at(9))
        let moved = view.grants(for: streams, at: Self.at(10))
        #expect(moved.map(\.worker) == [second])
        #expect(moved.first?.camera == streams[0].camera)
        #expect(moved.first?.replacing == .epoch(1))
        #expect(view.grants(for: streams, at: Self.at(30)) == [])
    }

    @Test func `without a worker nothing is granted`() {
        let view = FleetView()
        #expect(view.grants(for: [Self.stream(nil)], at: Self.at(0)) == [])
    }
}
