internal import Domain
internal import Files
internal import FoundationEssentials
internal import Sockets

/// The hidden command `sparc recorder`: a process that records a group of cameras and knows
/// nothing else.
///
/// Commands come as lines on standard input, events go as lines to standard output. It must be
/// called on the main thread before any other thread exists.
package enum RecorderProcess {
    /// Runs until standard input ends or SIGTERM comes; returns the exit status.
    ///
    /// Steps:
    /// 1. read the configuration, and open the memory for the mark (`CrashMark`), which lies
    ///    outside the sandbox; without it the recorder works all the same;
    /// 2. give up every right that recording does not need (`Confinement`);
    /// 3. say `ready`, and only then take cameras;
    /// 4. at the end: TEARDOWN to all cameras, chunks closed, within `RecorderLimits.exit`; what is
    ///    not done by `RecorderLimits.end` is left to recovery.
    /// - Parameter user: The user and group id to run as when started by root; nil for the owner
    ///   of the spool folder.
    package static func run(user: UInt32?) -> Int32 {
        do {
            return try start(user: user)
        } catch {
            StandardStreams.printError("recorder: \(error)")
            return 1
        }
    }

    private static func start(user: UInt32?) throws -> Int32 {
        guard let line = StandardStreams.readLine(limit: LineInput.lineLimit) else {
            throw SocketsError(.confinement, "standard input ended before the configuration")
        }
        if let request = try? JSONDecoder().decode(RecorderProbe.Request.self, from: Data(line)) {
            return try RecorderProbe.run(request.probe, user: user)
        }
        guard
            case .configure(let configuration)? = try? JSONDecoder().decode(
                RecorderCommand.self,
                from: Data(line)
            )
        else {
            throw SocketsError(.confinement, "the first line of standard input is no configuration")
        }
        return try record(configuration, user: user)
    }

    private static func record(
        _ configuration: RecorderConfiguration,
        user: UInt32?
    ) throws -> Int32 {
        var words: SharedWords?
        var failure: FileError?
        do throws(FileError) {
            words = try configuration.mark.map { path throws(FileError) in
                try SharedWords(path: path)
            }
        } catch {
            failure = error
        }
        let confinement = Confinement(
            writableFolder: configuration.spool,
            user: user,
            streams: RecorderLimits.streams
        )
        let layers = try confinement.apply()
        let loop = try EventLoop()
        var isEnding = false
        let signals = try SignalInput(loop) { isEnding = true }
        try EndWatch.start(StandardStreams.input, grace: RecorderLimits.end)
        let output = try EventOutput(loop, descriptor: StandardStreams.output)
        let core = try RecorderCore(
            configuration,
            loop: loop,
            output: output,
            mark: CrashMark(words),
            adjustMemory: Confinement.limitMemory
        )
        output.ready(sandbox: layers.joined(separator: ","))
        if let failure {
            output.log("warning", "a crash could not be traced to a camera: \(failure.message)")
        }
        let input = try LineInput(loop, descriptor: StandardStreams.input) { event in
            switch event {
            case .line(let line): core.receive(line: line)
            case .end: isEnding = true
            }
        }
        loop.run { isEnding }
        input.close()
        signals.close()
        core.stop()
        let deadline = loop.now + RecorderLimits.exit
        let farewell = loop.now + RecorderLimits.farewell
        loop.at(farewell) {}
        loop.run { loop.now >= deadline || (core.isIdle && loop.now >= farewell) }
        return 0
    }
}
