import Domain

/// Records the same simulated cameras with SPARC and then with ffmpeg, and compares.
struct IngestBenchmark {
    let plan: IngestPlan
    let machine: Machine

    /// Gates against the peer in the same run.
    static func gates(_ ours: MethodResult, _ peer: MethodResult) -> [Gate] {
        let key = MethodResult.recording
        let cpu = ratio(ours.cpu[key], peer.cpu[key])
        let memory = ratio(ours.memory[key], peer.memory[key])
        let name = "\(ours.cameras) cameras:"
        return [
            Gate(name: "\(name) CPU, ours by ffmpeg's", value: cpu, limit: 1.0 / 3),
            Gate(name: "\(name) PSS, ours by ffmpeg's", value: memory, limit: 0.1),
            Gate(name: "\(name) pictures lost", value: Double(ours.lost), limit: 0),
            Gate(name: "\(name) pictures repeated", value: Double(ours.repeated), limit: 0),
            Gate(name: "\(name) sent to readable, p50 s", value: ours.latency.median, limit: 0.1),
            Gate(
                name: "\(name) CPU s per camera-minute",
                value: ours.cpu[key],
                limit: 0.05,
                kind: .goal
            ),
            Gate(
                name: "\(name) PSS MB per camera",
                value: ours.memory[key],
                limit: 1,
                kind: .goal
            ),
            Gate(
                name: "\(name) sent to readable, p50 s",
                value: ours.latency.median,
                limit: 0.06,
                kind: .goal
            ),
        ]
    }

    private static func ratio(_ ours: Double?, _ peer: Double?) -> Double? {
        guard let ours, let peer, peer > 0 else { return nil }
        return ours / peer
    }

    /// One after the other against one simulator: ours first.
    func run(cameras: Int, spread: Int, results: ResultsFile) async throws -> Bool {
        Text.say(
            "ingest: \(cameras) cameras, GOPs begin within \(spread) ms,"
                + " \(plan.window.seconds) s measured, ours then ffmpeg"
        )
        let simulator = try await Simulator.start(cameras: cameras, spread: spread)
        do {
            let ours = try await SparcMethod(simulator: simulator, plan: plan).run()
            try await report(ours, spread: spread, results)
            let peer = try await FfmpegMethod(simulator: simulator, plan: plan).run()
            try await report(peer, spread: spread, results)
            await simulator.stop()
            let gates = Self.gates(ours, peer)
            for gate in gates { Text.say("  " + gate.line) }
            let faults = (ours.void + peer.void)
            for fault in faults { Text.say("  VOID: \(fault)") }
            return faults.isEmpty && gates.allSatisfy { $0.isPassed || $0.kind == .goal }
        } catch {
            await simulator.stop()
            throw error
        }
    }

    private func report(
        _ result: MethodResult,
        spread: Int,
        _ results: ResultsFile
    ) async throws {
        for line in result.lines { Text.say(line) }
        try results.append(
            ResultRow(
                "ingest",
                result.method,
                result.figures.merging(["spread_milliseconds": Double(spread)]) { $1 },
                void: result.void,
                machine: machine
            )
        )
    }
}
