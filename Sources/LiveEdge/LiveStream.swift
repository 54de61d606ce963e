internal import Domain
internal import Playlist
internal import Spool
internal import Synchronization

/// One stream's live window with what is needed to feed it.
final class LiveStream: Sendable {
    /// How long a listed segment's URI is valid: the list's length, what a player may hold back,
    /// and as much again; the spool keeps a chunk for ten minutes after its registration.
    static let mediaLifetimeMilliseconds: Int64 = 15 * 60 * 1_000
    /// The same for a run's ftyp and moov: one URI for as long as a run can last. It holds no
    /// picture.
    static let initializationLifetimeMilliseconds: Int64 = 366 * 24 * 3_600 * 1_000

    /// A closed segment: its chunk, itself, and its place in the chunk from 0.
    struct Closed {
        var chunk: Chunk
        var segment: Segment
        var index: Int
    }

    private struct State {
        var window: LiveWindow
        var openGap: Gap?
        /// Name of the last segment taken, so that none is listed twice.
        var last: Position?
        var initialization: (path: String, expires: WallTime)?
    }

    private struct Position: Comparable {
        var epoch: Int64
        var sequence: Int64
        var index: Int

        static func < (left: Self, right: Self) -> Bool {
            (left.epoch, left.sequence, left.index) < (right.epoch, right.sequence, right.index)
        }
    }

    private let reservation: MediaSequenceReservation
    private let state: Mutex<State>

    /// Reserves the first numbers; throws if they cannot be made durable.
    init(_ reservation: MediaSequenceReservation) throws {
        let numbers = try reservation.reserve()
        self.reservation = reservation
        state = Mutex(
            State(
                window: LiveWindow(
                    firstSequence: numbers.sequence,
                    reservedUntil: numbers.limit
                )
            )
        )
    }

    func append(_ closed: Closed, wall: WallTime, at now: MonotonicTime) throws {
        try state.withLock { state in
            let identity = closed.chunk.identity
            let position = Position(
                epoch: identity.epoch,
                sequence: identity.sequence,
                index: closed.index
            )
            if let last = state.last, position <= last { return }
            let segment = Self.segment(closed, wall: wall, &state)
            try extend(&state)
            _ = state.window.append(segment, at: now)
            state.last = position
        }
    }

    func tick(wall: WallTime, at now: MonotonicTime) throws {
        try state.withLock { state in
            guard state.window.gapTick(wall: wall, at: now) == .needsReservation else { return }
            try extend(&state)
            _ = state.window.gapTick(wall: wall, at: now)
        }
    }

    /// After a restart, once what the spool holds is appended.
    func catchUp(wall: WallTime, at now: MonotonicTime) throws {
        try state.withLock { state in
            try extend(&state)
            _ = state.window.catchUp(wall: wall, at: now)
        }
    }

    var openGap: Gap? {
        get { state.withLock { $0.openGap } }
        set { state.withLock { $0.openGap = newValue } }
    }

    /// Nil before the first segment.
    func playlist(sign: (_ path: String, _ expires: WallTime) -> String) -> String? {
        let window = state.withLock { $0.window }
        return window.isEmpty ? nil : window.render(sign: sign)
    }

    /// Numbers are durable before the window uses one: once an hour, a file is replaced here.
    private func extend(_ state: inout State) throws {
        guard state.window.needsReservation else { return }
        state.window.extendReservation(until: try reservation.reserve().limit)
    }

    private static func segment(
        _ closed: Closed,
        wall: WallTime,
        _ state: inout State
    ) -> LiveSegment {
        let chunk = closed.chunk
        let identity = chunk.identity
        let initialization = LiveMediaPath.runInitialization(
            identity.tenant,
            identity.camera,
            identity.stream,
            chunk.run,
            hash: chunk.initializationHash
        ).text
        if state.initialization?.path != initialization {
            let expires = wall.adding(milliseconds: initializationLifetimeMilliseconds)
            state.initialization = (initialization, expires)
        }
        let start = chunk.wallTime(of: closed.segment.start)
        let end = start + closed.segment.duration
        return LiveSegment(
            run: chunk.run,
            start: start,
            duration: closed.segment.duration,
            path: LiveMediaPath.segment(identity, chunk.run, index: closed.index).text,
            initializationPath: initialization,
            expires: max(wall, end).adding(milliseconds: mediaLifetimeMilliseconds),
            initializationExpires: state.initialization?.expires ?? wall
        )
    }
}
