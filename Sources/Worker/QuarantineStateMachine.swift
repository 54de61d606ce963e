import Domain
import Processes

/// Which streams run alone because they crashed a recorder, and for how long. A value without a
/// clock.
///
/// One crash is enough: the recorder's mark says whose bytes the thread was working on
/// (`RecorderMark`), and being wrong costs one small process. Only what `ProcessExit.isCrash` names
/// counts. SIGKILL never does, be it from an administrator or from the kernel out of memory: it hits
/// whatever happens to run then, and a stream that makes its recorder grow meets the recorder's
/// own memory limit, which ends it by a trap.
///
/// A stay ends an hour after the last crash, or when the camera's URL changes, or when the camera is
/// stopped. The end moves nothing and so costs no picture: the recorder goes on with this stream,
/// and others may join it. A restart of the worker also ends it. There is at most one stay for each
/// stream of the worker, which bounds its memory.
struct QuarantineStateMachine: Sendable {
    /// From the last crash to the end of the stay.
    static let term = Duration.seconds(3_600)
    /// A recorder that has run this long runs well.
    static let soundRun = Duration.seconds(10)

    /// What time brought about.
    enum Change: Hashable, Sendable {
        /// Its own recorder runs well now.
        case settled(StreamKey)
        /// It is like any other stream again.
        case released(StreamKey)
    }

    private struct Stay {
        var url: String?
        var crashes = 0
        var lastCrash: MonotonicTime
        var lastCrashAt: WallTime
        var isCrashing = true
        /// Start of the recorder that has the stream now.
        var runsSince: MonotonicTime?
    }

    private var stays: [StreamKey: Stay] = [:]

    /// A stream crashed its recorder.
    mutating func crashed(_ key: StreamKey, url: String?, at now: MonotonicTime, wall: WallTime) {
        var stay = stays[key] ?? Stay(lastCrash: now, lastCrashAt: wall)
        stay.url = url
        stay.crashes += 1
        stay.lastCrash = now
        stay.lastCrashAt = wall
        stay.isCrashing = true
        stay.runsSince = nil
        stays[key] = stay
    }

    /// The recorder of these streams ended, for whatever reason.
    mutating func ended(_ keys: Set<StreamKey>) {
        for key in keys { stays[key]?.runsSince = nil }
    }

    /// A recorder of these streams was started.
    mutating func started(_ keys: Set<StreamKey>, at now: MonotonicTime) {
        for key in keys { stays[key]?.runsSince = now }
    }

    /// The stream is assigned with a URL; true if that ends its stay, because it is another one than
    /// it crashed with.
    mutating func assigned(_ key: StreamKey, url: String?) -> Bool {
        guard let stay = stays[key], stay.url != url else { return false }
        stays[key] = nil
        return true
    }

    /// The stream is not recorded here any more.
    mutating func stopped(_ key: StreamKey) {
        stays[key] = nil
    }

    /// To be called often; what changed since the last call.
    mutating func tick(at now: MonotonicTime) -> [Change] {
        var changes: [Change] = []
        for (key, stay) in stays {
            if stay.isCrashing, let since = stay.runsSince, now - since >= Self.soundRun {
                stays[key]?.isCrashing = false
                changes.append(.settled(key))
            } else if !stay.isCrashing, now - stay.lastCrash >= Self.term {
                stays[key] = nil
                changes.append(.released(key))
            }
        }
        return changes
    }

    /// What is shown of the stream; nil if it is like any other.
    func notice(_ key: StreamKey) -> QuarantineNotice? {
        stays[key].map {
            QuarantineNotice(
                crashes: $0.crashes,
                lastCrashAt: $0.lastCrashAt,
                isCrashing: $0.isCrashing
            )
        }
    }
}
