import Domain
import Sockets
import Testing

@testable import Recorder

/// What an operator is told about a stream.
struct StreamConditionTests {
    private let key = StreamKey(camera: CameraID(), stream: .main)
    private let wall = WallTime(seconds: 1_700_000_000)
    private let start = MonotonicTime(nanoseconds: 0)

    private func live() -> StreamCondition {
        var condition = StreamCondition(key, at: wall)
        condition.connected(warnings: [])
        condition.live()
        _ = condition.status(gap: nil, at: wall)
        return condition
    }

    @Test func `a failed sync is shown for its time while recording goes on, and then no more`() {
        var condition = live()
        condition.diskFailed("it fails", until: start + .seconds(30))
        let told = condition.status(gap: nil, at: wall)
        #expect(told?.state == .degraded)
        #expect(told?.reasons == ["it fails"])
        condition.tick(at: start + .seconds(29))
        #expect(condition.status(gap: nil, at: wall) == nil)
        condition.tick(at: start + .seconds(30))
        #expect(condition.status(gap: nil, at: wall)?.state == .live)
    }

    @Test func `a disk that takes nothing is shown for as long as nothing is recorded`() {
        var condition = live()
        condition.diskFailed("it is full")
        #expect(condition.status(gap: .diskFull, at: wall)?.reasons == ["it is full"])
        condition.tick(at: start + .seconds(3_600))
        #expect(condition.status(gap: .diskFull, at: wall) == nil)
        let after = condition.status(gap: nil, at: wall)
        #expect(after?.state == .live && after?.reasons == [])
    }

    @Test func `a failed sync is shown on after the pause that followed it`() {
        var condition = live()
        condition.diskFailed("a sync failed", until: start + .seconds(30))
        condition.diskFailed("it is full")
        #expect(condition.status(gap: .diskFull, at: wall)?.reasons == ["it is full"])
        condition.tick(at: start + .seconds(5))
        #expect(condition.status(gap: nil, at: wall)?.state == .degraded)
    }
}
