import Domain
import Foundation
import Processes

/// A running recorder process: commands in, events out, each one JSON line.
struct RecorderChild: Sendable {
    let child: ChildProcess

    /// Starts `sparc recorder` with an empty environment; everything it learns comes by its pipe.
    init(
        executable: String,
        userID: Int?,
        configuration: RecorderConfiguration,
        event: @escaping @Sendable (RecorderEvent) -> Void,
        errorLine: @escaping @Sendable (String) -> Void
    ) throws {
        var arguments = ["recorder"]
        if let userID { arguments += ["--user-id", String(userID)] }
        child = try ChildProcess(
            executable: executable,
            arguments: arguments,
            environment: [:],
            output: { line in
                guard
                    let value = try? JSONDecoder().decode(
                        RecorderEvent.self,
                        from: Data(line.utf8)
                    )
                else {
                    errorLine("a line that is no event: \(line.prefix(200))")
                    return
                }
                event(value)
            },
            errorOutput: errorLine
        )
        send(.configure(configuration))
    }

    /// Writes one command line. Commands are few and short; the recorder always reads.
    func send(_ command: RecorderCommand) {
        guard let line = try? JSONEncoder().encode(command) else { return }
        child.write([UInt8](line) + [10])
    }
}
