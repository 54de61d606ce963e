import Domain
import NIOCore

/// The cameras and connections of a farm, and the one timer that drives them.
///
/// Confined to the farm's event loop.
final class FarmEngine {
    /// Pictures are due on this grid (for rates that divide 200), so a tick sends many cameras'
    /// pictures without being late for any.
    static let tick: TimeAmount = .milliseconds(5)

    let configuration: FarmConfiguration
    let ledger: FarmLedger
    let loop: any EventLoop
    var cameras: [SimulatedCamera]
    var isFrozen = false
    private let clips: [String: Clip]
    private var generator: SeededGenerator
    private var connections: [ObjectIdentifier: ConnectionHandler] = [:]
    private var nextTick: NIODeadline
    private var timer: Scheduled<Void>?

    init(
        configuration: FarmConfiguration,
        clips: [Clip],
        ledger: FarmLedger,
        loop: any EventLoop,
        wall: WallTime
    ) {
        self.configuration = configuration
        self.ledger = ledger
        self.loop = loop
        self.clips = Dictionary(clips.map { ($0.name, $0) }) { first, _ in first }
        generator = SeededGenerator(seed: configuration.seed)
        let now = NIODeadline.now()
        nextTick = now
        let interval =
            configuration.spreadMilliseconds > 0
            ? configuration.spreadMilliseconds : 1_000 / max(1, configuration.pictureRate)
        let played = configuration.clips.count
        cameras = (0..<configuration.count).map { number in
            // Neighbours are far apart: 1,235 ms is near the golden section of a GOP of 2 s.
            let phase = Int64(number * 1_235 % max(5, interval / 5 * 5))
            return SimulatedCamera(
                number: number,
                clock: PictureClock(
                    origin: MonotonicTime(
                        nanoseconds: Int64(now.uptimeNanoseconds) + phase * 1_000_000
                    ),
                    wallOrigin: wall.adding(milliseconds: phase),
                    pictureRate: configuration.pictureRate
                ),
                cursor: ClipCursor(clip: clips[number % played])
            )
        }
    }

    func makeGenerator() -> SeededGenerator {
        SeededGenerator(seed: generator.next())
    }

    func clip(_ name: String) -> Clip? {
        clips[name]
    }

    var now: MonotonicTime {
        MonotonicTime(nanoseconds: Int64(NIODeadline.now().uptimeNanoseconds))
    }

    func add(_ connection: ConnectionHandler) {
        connections[ObjectIdentifier(connection)] = connection
        ledger.note {
            $0.connections += 1
            $0.connectionsNow += 1
        }
        guard timer == nil else { return }
        nextTick = .now()
        schedule()
    }

    func remove(_ connection: ConnectionHandler) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        ledger.note { $0.connectionsNow -= 1 }
    }

    /// Stops the timer and closes every connection.
    func stop() {
        timer?.cancel()
        timer = nil
        for connection in connections.values { connection.close() }
    }

    /// Applies a fault to the sessions of one camera, or of all, and to those to come.
    func apply(_ fault: CameraFault, camera: Int?) throws(FarmError) {
        if let camera, !cameras.indices.contains(camera) {
            throw FarmError("camera \(camera): there are only 0 to \(cameras.count - 1)")
        }
        if case .clip(let name) = fault, clips[name] == nil {
            throw FarmError("clip \(name): there are only \(clips.keys.sorted())")
        }
        for number in camera.map({ $0..<($0 + 1) }) ?? cameras.indices {
            cameras[number].keep(fault)
            let mine = connections.values.filter { $0.camera == number }
            for connection in mine { connection.apply(fault) }
            guard case .clip(let name) = fault, let clip = clips[name] else { continue }
            // Sessions to come play it in step with those there are.
            let start =
                mine.compactMap { $0.media?.cursor.start }.first
                ?? cameras[number].clock.nextPicture(after: now)
            cameras[number].cursor = ClipCursor(clip: clip, start: start)
        }
    }

    private func schedule() {
        nextTick = max(nextTick + Self.tick, .now() - Self.tick)
        timer = loop.assumeIsolated().scheduleTask(deadline: nextTick) { [unowned self] in
            guard !connections.isEmpty else {
                timer = nil
                return
            }
            let now = self.now
            for connection in connections.values { connection.advance(to: now) }
            schedule()
        }
    }
}
