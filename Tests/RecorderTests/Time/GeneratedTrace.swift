import Domain
import Recorder
import TestSupport

/// A camera made up from a seed, with what really happened beside what it sent.
struct GeneratedTrace {
    private enum Fault: CaseIterable {
        case outlier, outlierPair, jumpAhead, jumpBack, toZero, loss, silence, stall, step
        case parameters, reconnect, duplicate
    }

    var trace = Trace()
    /// When each picture was taken, milliseconds, by its number.
    var taken: [Int: Double] = [:]
    /// Pictures that came, in the order sent.
    var sent: [Int] = []
    /// What may begin a run, beyond the first.
    var discontinuities = 0
    /// What may cost pictures.
    var breaks = 0
    var stalls = 0
    /// Usual time between pictures, milliseconds.
    var interval = 40.0
    var isReordered = false

    private var numbers: SeededRandom
    private var clockOffset: Int64 = 0
    private var pause = 0.0
    private var lastArrival = 0.0
    private var stallUntil = 0.0

    init(seed: UInt64) {
        numbers = SeededRandom(seed: seed)
        let rates: [Double] = [5, 10, 12.5, 15, 20, 25]
        let rate = rates.randomElement(using: &numbers) ?? 20
        interval = 1_000 / rate
        clockOffset = Int64.random(in: 0..<4_294_967_296, using: &numbers)
        isReordered = Int.random(in: 0..<6, using: &numbers) == 0
        let hasAudio = Bool.random(using: &numbers)
        if hasAudio { trace.audioRate = 16_000 }
        let pictures = Int.random(in: 150..<500, using: &numbers)
        let group = isReordered ? 24 : Int.random(in: 1...Int(rate * 6), using: &numbers)
        let faults = plan(pictures: pictures, group: group)
        send(pictures: pictures, group: group, faults: faults)
        if hasAudio { sendAudio(until: lastArrival) }
        trace.sort()
    }

    /// At most one fault in two seconds, so that each can be told from the others.
    private mutating func plan(pictures: Int, group: Int) -> [Int: Fault] {
        var faults: [Int: Fault] = [:]
        var place = Int(3_000 / interval)
        while place < pictures - 10 {
            if var fault = Fault.allCases.randomElement(using: &numbers),
                Int.random(in: 0..<3, using: &numbers) > 0
            {
                // With reordered pictures a single stamp can look like an early one.
                if isReordered, fault == .duplicate { fault = .stall }
                // Only a key picture can need new parameters.
                let at = fault == .parameters ? (place / group + 1) * group : place
                faults[at] = fault
            }
            place += Int(Double.random(in: 2_500..<8_000, using: &numbers) / interval) + 8
        }
        return faults
    }

    private mutating func send(pictures: Int, group: Int, faults: [Int: Fault]) {
        let order = isReordered ? [0, 2, 1, 3] : [0]
        let speed = 1 + Double.random(in: -100...100, using: &numbers) / 1_000_000
        let jitter = Double.random(in: 0..<30, using: &numbers)
        var lost = 0
        var latestShown = 0.0
        var wild = 0
        var isFirstAgain = false
        for number in 0..<pictures {
            let fault = faults[number]
            if let fault { begin(fault, at: lastArrival, &lost, &wild, &isFirstAgain) }
            let shown = number / order.count * order.count + order[number % order.count]
            let time = Double(shown) * interval + pause
            latestShown = max(latestShown, time)
            let late = Double.random(in: 0...jitter, using: &numbers) + 20
            let arrival = max(lastArrival + 0.01, stallUntil, latestShown + late)
            lastArrival = arrival
            if lost > 0 {
                lost -= 1
                if lost == 0 { trace.events.append(.init(at: arrival, item: .loss)) }
                continue
            }
            var stamp = clockOffset + Int64(time * 90 * speed)
            if wild > 0 {
                wild -= 1
                let away = Int64.random(in: 400_000..<2_000_000_000, using: &numbers)
                stamp += Bool.random(using: &numbers) ? away : -away
            }
            if fault == .duplicate { stamp -= Int64(interval * 90 * speed) }
            let isKey = number % group == 0 || isFirstAgain
            isFirstAgain = false
            let unit = Trace.unit(.video, rtp: stamp, isKey: isKey, number: number)
            trace.events.append(.init(at: arrival, item: .unit(unit)))
            taken[number] = time
            sent.append(number)
        }
    }

    private mutating func begin(
        _ fault: Fault,
        at arrival: Double,
        _ lost: inout Int,
        _ wild: inout Int,
        _ isFirstAgain: inout Bool
    ) {
        switch fault {
        case .duplicate: break
        case .outlier: wild = 1
        case .outlierPair: wild = 2
        case .jumpAhead, .jumpBack, .toZero:
            let away = Int64.random(in: 200_000..<2_000_000_000, using: &numbers)
            clockOffset += fault == .jumpAhead ? away : -away
            discontinuities += 1
        case .loss:
            lost = Int.random(in: 1...20, using: &numbers)
            discontinuities += 1
            breaks += 1
        case .silence:
            pause += Double.random(in: 6_000..<9_000, using: &numbers)
            discontinuities += 1
            breaks += 1
        case .stall:
            stallUntil = arrival + Double.random(in: 500..<3_000, using: &numbers)
            stalls += 1
        case .step:
            let by = Double.random(in: 2_000..<4_000_000, using: &numbers)
            trace.steps.append((arrival + 0.001, Bool.random(using: &numbers) ? by : -by))
            discontinuities += 1
        case .parameters:
            trace.events.append(.init(at: arrival + 0.001, item: .parameters))
            discontinuities += 1
        case .reconnect:
            trace.events.append(.init(at: arrival + 0.001, item: .interrupt(.cameraOffline)))
            trace.events.append(.init(at: arrival + 0.002, item: .connect))
            clockOffset = Int64.random(in: 0..<4_294_967_296, using: &numbers)
            isFirstAgain = true
            discontinuities += 1
            breaks += 1
        }
    }

    private mutating func sendAudio(until end: Double) {
        let first = Int64.random(in: 0..<4_294_967_296, using: &numbers)
        for number in 0..<Int64(end / 64) {
            let unit = Trace.unit(
                .audio,
                rtp: first + number * 1_024,
                isKey: true,
                number: Int(number)
            )
            let late = Double.random(in: 0..<40, using: &numbers)
            trace.events.append(.init(at: Double(number) * 64 + 20 + late, item: .unit(unit)))
        }
    }
}
