import Synchronization

/// The counters, written on the event loop and read from anywhere.
final class FarmLedger: Sendable {
    private let counters: Mutex<FarmCounters>

    init(count: Int) {
        counters = Mutex(FarmCounters(cameras: Array(repeating: CameraCounters(), count: count)))
    }

    var snapshot: FarmCounters {
        counters.withLock { $0 }
    }

    func note(_ change: (inout FarmCounters) -> Void) {
        counters.withLock { change(&$0) }
    }

    func note(camera: Int, _ change: (inout CameraCounters) -> Void) {
        counters.withLock { change(&$0.cameras[camera]) }
    }
}
