import Domain
import FoundationEssentials
import Recorder

/// What a camera sent and when it came, with what should become of it.
///
/// The text form, one statement a line, times in milliseconds since the start of the trace:
///
///     start 2026-01-31T09:00:00Z           the wall clock at 0; this is the default
///     audio 16000                          RTP ticks a second of the audio track
///     pictures FROM UNTIL every=50 key=2000 rtp=0 [step=4500] [order=0,3,1,2]
///              [firstkey=0]
///     frames FROM UNTIL every=64 rtp=0 step=1024
///     picture AT rtp=N [key]               a single one
///     stamp AT rtp=N                       changes the stamp of the picture that arrives then
///     delay FROM UNTIL                     what comes in between arrives at UNTIL at once
///     drop FROM UNTIL                      the pictures in between are lost, and it is noticed
///     loss AT · parameters AT · interrupt AT REASON · connect AT
///     report AT video|audio unix=SECONDS rtp=N
///     wall AT BY                           the host's clock is set by so many milliseconds
///     run REASON AT [gap=REASON FROM]      expected: a run dated AT, within 60 ms
///     counts NAME=N …                      expected counters
///
/// `#` begins a comment. A `key` of 0 means that only the first picture is a key picture.
struct Trace {
    enum Item: Sendable {
        case unit(MediaUnit)
        case loss
        case parameters
        case interrupt(GapReason)
        case connect
        case report(TrackKind, ntp: UInt64, rtp: UInt32)
    }

    struct Event: Sendable {
        /// Arrival, milliseconds.
        var at: Double
        var item: Item
    }

    struct ExpectedRun {
        var reason: RunReason
        var at: Double
        var gapReason: GapReason?
        var gapFrom: Double
    }

    var start = WallTime(seconds: 1_769_850_000)
    var audioRate: Int?
    var events: [Event] = []
    var steps: [(at: Double, by: Double)] = []
    var runs: [ExpectedRun] = []
    var counts: [(name: String, value: Int)] = []

    /// The host's clocks at a moment.
    func arrival(_ at: Double) -> Arrival {
        let step = steps.filter { $0.at <= at }.map(\.by).reduce(0, +)
        return Arrival(
            monotonic: MonotonicTime(nanoseconds: 5_000_000_000 + Int64(at * 1_000_000)),
            wall: WallTime(microseconds: start.microseconds + Int64((at + step) * 1_000))
        )
    }

    static func unit(
        _ track: TrackKind,
        rtp: Int64,
        isKey: Bool,
        number: Int,
        size: Int = 8
    ) -> MediaUnit {
        var bytes = [UInt8](repeating: 0, count: max(8, size))
        for place in 0..<8 {
            bytes[place] = UInt8(truncatingIfNeeded: number >> (8 * place))
        }
        return MediaUnit(
            track: track,
            rtpTimestamp: UInt32(truncatingIfNeeded: rtp),
            isKey: isKey,
            bytes: bytes
        )
    }

    /// The number that `unit` hid in the bytes.
    static func number(of unit: MediaUnit) -> Int {
        unit.bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}

struct TraceSyntaxError: Error {
    var line: String
}

extension Trace {
    init(text: String) throws {
        for line in text.split(separator: "\n") {
            let statement = line.prefix { $0 != "#" }.split(separator: " ").map(String.init)
            guard let verb = statement.first else { continue }
            let words = Words(line: String(line), words: Array(statement.dropFirst()))
            if try !read(expectation: verb, words) {
                try read(verb, words)
            }
        }
        sort()
    }

    mutating func sort() {
        events = events.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element)
    }

    private mutating func read(expectation verb: String, _ words: Words) throws -> Bool {
        switch verb {
        case "run":
            guard let reason = RunReason(rawValue: try words.word(0)) else { throw words.error }
            let gap = words.text("gap")
            runs.append(
                ExpectedRun(
                    reason: reason,
                    at: try words.time(1),
                    gapReason: gap.flatMap(GapReason.init(rawValue:)),
                    gapFrom: gap == nil ? 0 : try words.time(3)
                )
            )
        case "counts":
            for word in words.words {
                let parts = word.split(separator: "=")
                guard parts.count == 2, let value = Int(parts[1]) else { throw words.error }
                counts.append((String(parts[0]), value))
            }
        default: return false
        }
        return true
    }

    private mutating func read(_ verb: String, _ words: Words) throws {
        switch verb {
        case "start":
            guard let time = WallTime(rfc3339: try words.word(0)) else { throw words.error }
            start = time
        case "audio": audioRate = Int(try words.word(0))
        case "pictures": try addPictures(words)
        case "frames": try addFrames(words)
        case "picture":
            let unit = Self.unit(
                .video,
                rtp: try words.number("rtp"),
                isKey: words.words.contains("key"),
                number: events.count
            )
            events.append(Event(at: try words.time(0), item: .unit(unit)))
        case "stamp": try restamp(words)
        case "delay":
            let (from, until) = (try words.time(0), try words.time(1))
            for index in events.indices where (from..<until).contains(events[index].at) {
                events[index].at = until
            }
        case "drop":
            let (from, until) = (try words.time(0), try words.time(1))
            events.removeAll { (from..<until).contains($0.at) }
            events.append(Event(at: until - 0.001, item: .loss))
        case "wall": steps.append((try words.time(0), try words.time(1)))
        case "report":
            guard let track = TrackKind(rawValue: try words.word(1)) else { throw words.error }
            guard let unix = words.text("unix").flatMap(Double.init) else { throw words.error }
            let ntp = UInt64((unix + 2_208_988_800) * 4_294_967_296)
            let rtp = UInt32(truncatingIfNeeded: try words.number("rtp"))
            events.append(
                Event(at: try words.time(0), item: .report(track, ntp: ntp, rtp: rtp))
            )
        default: try addSimple(verb, words)
        }
    }

    private mutating func addSimple(_ verb: String, _ words: Words) throws {
        let item: Item
        switch verb {
        case "loss": item = .loss
        case "parameters": item = .parameters
        case "connect": item = .connect
        case "interrupt":
            guard let reason = GapReason(rawValue: try words.word(1)) else { throw words.error }
            item = .interrupt(reason)
        default: throw words.error
        }
        // In front of a picture that arrives at the same moment.
        events.append(Event(at: try words.time(0) - 0.001, item: item))
    }

    private mutating func addPictures(_ words: Words) throws {
        let (from, until) = (try words.time(0), try words.time(1))
        let every = Double(try words.number("every"))
        let key = Double(try words.number("key"))
        let first = try words.number("rtp")
        let step = words.text("step").flatMap(Int64.init) ?? Int64(every * 90)
        let order = (words.text("order") ?? "0").split(separator: ",").compactMap { Int64($0) }
        let firstKey = Double(words.text("firstkey") ?? "0") ?? 0
        var sinceKey = key - firstKey
        for number in 0..<Int(((until - from) / every).rounded(.up)) {
            let isKey = key > 0 ? sinceKey >= key : number == 0
            sinceKey = isKey ? every : sinceKey + every
            let group = number / order.count * order.count
            let shown = Int64(group) + order[number % order.count]
            let unit = Self.unit(
                .video,
                rtp: first + shown * step,
                isKey: isKey,
                number: events.count
            )
            events.append(Event(at: from + Double(number) * every, item: .unit(unit)))
        }
    }

    private mutating func addFrames(_ words: Words) throws {
        let (from, until) = (try words.time(0), try words.time(1))
        let every = Double(try words.number("every"))
        let (first, step) = (try words.number("rtp"), try words.number("step"))
        for number in 0..<Int64(((until - from) / every).rounded(.up)) {
            let unit = Self.unit(
                .audio,
                rtp: first + number * step,
                isKey: true,
                number: events.count
            )
            events.append(Event(at: from + Double(number) * every, item: .unit(unit)))
        }
    }

    private mutating func restamp(_ words: Words) throws {
        let at = try words.time(0)
        let stamp = UInt32(truncatingIfNeeded: try words.number("rtp"))
        for index in events.indices where events[index].at == at {
            guard case .unit(var unit) = events[index].item, unit.track == .video else { continue }
            unit.rtpTimestamp = stamp
            events[index].item = .unit(unit)
            return
        }
        throw words.error
    }
}

/// The words of a statement behind its verb.
private struct Words {
    var line: String
    var words: [String]

    var error: TraceSyntaxError {
        TraceSyntaxError(line: line)
    }

    func word(_ index: Int) throws -> String {
        guard index < words.count else { throw error }
        return words[index]
    }

    func time(_ index: Int) throws -> Double {
        guard let time = Double(try word(index)) else { throw error }
        return time
    }

    func text(_ name: String) -> String? {
        words.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    func number(_ name: String) throws -> Int64 {
        guard let number = text(name).flatMap(Int64.init) else { throw error }
        return number
    }
}
