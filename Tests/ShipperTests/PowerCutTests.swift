import Domain
import Foundation
import TestSupport
import Testing

/// The power is cut at every kind of work on a spool: writing, syncing, sealing, storing,
/// registering, freeing and giving up. `SPARC_FAULT_ROUNDS` says how often (3), `SPARC_FAULT_SEED`
/// which cuts these are.
@Suite(.serialized, .enabled(if: PowerCutDisk.isPossible, "needs root and a loop device"))
struct PowerCutTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let rounds = Int(environment["SPARC_FAULT_ROUNDS"] ?? "") ?? 3
    private static let seed =
        UInt64(environment["SPARC_FAULT_SEED"] ?? "") ?? UInt64.random(in: 0...UInt64.max)

    @Test(arguments: PowerCutRound.Moment.allCases)
    func `a cut costs a second of a camera at most, and nothing that is registered`(
        _ moment: PowerCutRound.Moment
    ) async throws {
        // The rounds are shared by the moments, one of each at least.
        let moments = PowerCutRound.Moment.allCases
        let place = try #require(moments.firstIndex(of: moment))
        let count = max(1, (Self.rounds + moments.count - 1 - place) / moments.count)
        let disk = try PowerCutDisk(megabytes: 64)
        defer { disk.remove() }
        var random = SeededRandom(seed: Self.seed &+ UInt64(place))
        var mostLost = 0
        for number in 0..<count {
            let seed = random.next()
            let round = PowerCutRound(
                disk: disk,
                folder: "\(number)",
                moment: moment,
                seed: seed
            )
            do {
                mostLost = max(mostLost, try await round.run())
            } catch {
                Issue.record("seed \(Self.seed), round \(number), \(moment): \(error)")
                throw error
            }
        }
        print(
            "power cuts, \(moment): \(count) rounds, seed \(Self.seed), at most \(mostLost) ms lost"
        )
        #expect(mostLost <= 1_000)
    }
}
