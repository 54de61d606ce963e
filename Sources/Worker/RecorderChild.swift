import Domain
import Files
import Foundation
import Processes

/// A running recorder process: commands in, events out, each one line.
struct RecorderChild: Sendable {
    let child: ChildProcess
    /// Where it says what it works on; nil if the system had no memory for that.
    private let mark: SharedWords?

    /// Starts `sparc recorder` with an empty environment; everything it learns comes by its pipe.
    init(
        executable: String,
        userID: Int?,
        configuration: RecorderConfiguration,
        event: @escaping @Sendable (RecorderEvent) -> Void,
        errorLine: @escaping @Sendable (String) -> Void
    ) throws {
        mark = try? SharedWords(name: "sparc-recorder-mark")
        var configuration = configuration
        configuration.mark = mark?.path
        var arguments = ["recorder"]
        if let userID { arguments += ["--user-id", String(userID)] }
        child = try ChildProcess(
            executable: executable,
            arguments: arguments,
            environment: [:],
            output: { line in
                guard let value = RecorderEvent(line: line) else {
                    errorLine("a line that is no event: \(line.prefix(200))")
                    return
                }
                event(value)
            },
            errorOutput: errorLine
        )
        mark?.store(UInt64(child.processID), at: RecorderMark.Word.process.rawValue)
        send(.configure(configuration))
    }

    /// Of these streams those that the recorder was working on when it ended: mostly one, and two
    /// when the disk thread was busy with another than the I/O thread.
    /// - Parameter words: Of these threads.
    func streamsAtWork(
        of keys: Set<StreamKey>,
        _ words: [RecorderMark.Word] = [.input, .disk]
    ) -> Set<StreamKey> {
        guard let mark else { return [] }
        let values = Set(words.map { mark.load(at: $0.rawValue) })
        return keys.filter { values.contains(RecorderMark.value($0.camera, $0.stream)) }
    }

    /// Hands one command line over; never blocks. What a recorder that hangs does not take is of no
    /// use: it is killed and told anew.
    func send(_ command: RecorderCommand) {
        guard let line = try? JSONEncoder().encode(command) else { return }
        child.write([UInt8](line) + [10])
    }
}
