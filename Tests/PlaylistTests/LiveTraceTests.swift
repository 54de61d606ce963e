import Domain
import Playlist
import TestSupport
import Testing

/// Random days of a stream: steady recording, runs that change, silence, clocks that step, and
/// restarts of the worker. After every change the list and the step to it must break no rule.
@Suite struct LiveTraceTests {
    @Test func `random traces keep every rule`() {
        let seed = UInt64.random(in: .min ... .max)
        print("live traces: seed \(seed)")
        for index in 0..<25 {
            var trace = Trace(seed: seed &+ UInt64(index))
            for _ in 0..<80 { trace.step() }
            #expect(trace.problems.isEmpty, "seed \(seed) + \(index): \(trace.problems.prefix(3))")
            #expect(trace.checks > 40)
        }
    }

    private struct Trace {
        var random: SeededRandom
        var window = LiveWindow(firstSequence: 1, reservedUntil: 1_001)
        var reserved: Int64 = 1_001
        var now = 1_000.0
        var wallOffset = 0.0
        var run = RunID()
        var runEnd: Double?
        var map = 0
        var name = 0
        var hasStepped = false
        var recent: [LiveSegment] = []
        var last: String?
        var lastNew = 1_000.0
        var lastCount: Int64 = 1
        var problems: [String] = []
        var checks = 0

        init(seed: UInt64) {
            random = SeededRandom(seed: seed)
        }

        var wall: WallTime {
            nine + seconds(now + wallOffset)
        }

        var monotonic: MonotonicTime {
            MonotonicTime(nanoseconds: Int64(now * 1_000_000_000))
        }

        mutating func step() {
            switch Int.random(in: 0..<20, using: &random) {
            case 0, 1:
                startRun()
            case 2:
                map += 1
                startRun()
            case 3, 4:
                pass(Double.random(in: 0.2...200, using: &random))
                startRun()
            case 5:
                wallOffset += Double.random(in: -7_200...7_200, using: &random)
                hasStepped = true
                startRun()
            case 6:
                restart()
            default:
                let isShort = Int.random(in: 0..<6, using: &random) == 0
                record(Double.random(in: isShort ? 0.04...1 : 2...6.4, using: &random))
            }
        }

        mutating func startRun() {
            run = RunID()
            runEnd = nil
        }

        /// Time goes on with a tick each second.
        mutating func pass(_ time: Double) {
            let end = now + time
            while now < end {
                now = min(end, now + 1)
                let outcome = window.gapTick(wall: wall, at: monotonic)
                if outcome == .needsReservation { reserve() }
                if outcome == .listed { verify() }
                if last != nil, now - lastNew > 9 { problems.append("stale at \(now)") }
            }
        }

        mutating func record(_ length: Double) {
            let start = runEnd.map { nine + seconds($0) } ?? wall
            let ticks = seconds(length)
            pass(length)
            runEnd = (start - nine).seconds + ticks.seconds
            pass(Double.random(in: 0.01...0.4, using: &random))
            name += 1
            let segment = LiveSegment(
                run: run,
                start: start,
                duration: ticks,
                path: "/media/live/\(name).m4s",
                initializationPath: "/media/live/i\(map).mp4",
                expires: start,
                initializationExpires: nine
            )
            recent.append(segment)
            append(segment)
            // The way of this segment was not on the clock of the next.
            wallOffset -= max(0, (wall - start).seconds - ticks.seconds)
        }

        mutating func append(_ segment: LiveSegment) {
            if window.append(segment, at: monotonic) == .needsReservation {
                reserve()
                if window.append(segment, at: monotonic) != .listed { problems.append("refused") }
            }
            verify()
        }

        mutating func reserve() {
            reserved += 1_000
            window.extendReservation(until: reserved)
        }

        mutating func restart() {
            guard last != nil else { return }
            now += Double.random(in: 1...400, using: &random)
            window = LiveWindow(firstSequence: reserved, reservedUntil: reserved + 1_000)
            reserved += 1_000
            lastNew = now
            for segment in recent.suffix(100) {
                if window.append(segment, at: monotonic) != .listed { problems.append("refill") }
            }
            _ = window.catchUp(wall: wall, at: monotonic)
            startRun()
            verify(isRestart: true)
        }

        mutating func verify(isRestart: Bool = false) {
            guard !window.isEmpty else { return }
            checks += 1
            let text = window.render { path, expires in "\(path)?e=\(expires.microseconds)" }
            let elapsed = Duration.nanoseconds(Int64((now - lastNew) * 1_000_000_000))
            var found = violations(text, advice: !hasStepped)
            if let last {
                found += PlaylistRules.checkUpdate(from: last, to: text, elapsed: elapsed)
            }
            // A young stream whose clock was set back has less to tell after a restart.
            if isRestart, hasStepped { found.removeAll { $0.rule == .shrunk } }
            if !found.isEmpty { problems.append("at \(now): \(found)") }
            if window.nextSequence != lastCount { lastNew = now }
            lastCount = window.nextSequence
            last = text
            if window.nextSequence > reserved { problems.append("unreserved number") }
        }
    }
}
