/// libFuzzer's entry. All targets are one program, compiled once; the name it is started by says
/// which one runs.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzEntry(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    selectedTarget(unsafe FuzzInput(data, count))
}

private let selectedTarget: @Sendable (FuzzInput) -> Int32 = {
    let program = CommandLine.arguments.first ?? ""
    let targets: [(name: String, run: @Sendable (FuzzInput) -> Int32)] = [
        ("FuzzClient", fuzzClient), ("FuzzDescription", fuzzDescription),
        ("FuzzChallenge", fuzzChallenge), ("FuzzH264", fuzzH264), ("FuzzH265", fuzzH265),
        ("FuzzAAC", fuzzAAC), ("FuzzParameterSets", fuzzParameterSets), ("FuzzTime", fuzzTime),
    ]
    guard let target = targets.first(where: { program.hasSuffix($0.name) }) else {
        fatalError("start it by the name of a target: \(targets.map(\.name))")
    }
    return target.run
}()
