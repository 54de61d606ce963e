import CLinux
package import Domain
package import Files
import Foundation

/// Makes a recorder crash while it works on a certain stream, as if that stream's bytes had done it.
///
/// It needs no help of the recorder's: the mark says when the I/O thread works on the stream. Between
/// that and a signal the thread may go on to another, so the process is first stopped and the
/// mark read again; only if it still names the stream does the very thread get SIGSEGV.
package enum RecorderCrash {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The marks of all recorders of a worker that run now.
    package static func marks(ofWorker worker: Int32) -> [SharedWords] {
        let folder = "/proc/\(worker)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            let path = folder + "/" + name
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
            guard target?.contains("memfd:sparc-recorder-mark") == true else { return nil }
            return try? SharedWords(path: path)
        }
    }

    /// Crashes the recorder that has the stream, or kills it with another signal; the answer is its
    /// process id.
    package static func crash(
        _ camera: CameraID,
        _ stream: StreamRole,
        signal: Int32 = SIGSEGV,
        marks: [SharedWords],
        within limit: Duration = .seconds(10)
    ) throws -> Int32 {
        let wanted = RecorderMark.value(camera, stream)
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            guard
                let mark = marks.first(where: {
                    $0.load(at: RecorderMark.Word.input.rawValue) == wanted
                })
            else { continue }
            let process = Int32(
                truncatingIfNeeded: mark.load(at: RecorderMark.Word.process.rawValue)
            )
            guard process > 1, kill(process, SIGSTOP) == 0 else {
                throw Failure(description: "the mark of a recorder \(process) that is gone")
            }
            waitUntilStopped(process)
            let isAtWork = mark.load(at: RecorderMark.Word.input.rawValue) == wanted
            // The I/O thread is the main thread, whose id is the process's.
            let isDone = isAtWork && sparc_signal_thread(process, process, signal) == 0
            kill(process, SIGCONT)
            if isDone { return process }
        }
        throw Failure(description: "no recorder was seen at work on \(camera) for \(limit)")
    }

    private static func waitUntilStopped(_ process: Int32) {
        for _ in 0..<10_000 {
            let status = FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data()
            // pid (name) state …
            let text = String(decoding: status, as: UTF8.self)
            guard let close = text.lastIndex(of: ")") else { return }
            if text[close...].hasPrefix(") T") { return }
        }
    }
}
