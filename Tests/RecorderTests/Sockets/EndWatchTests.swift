import Foundation
import Sockets
import Testing

@Suite struct EndWatchTests {
    @Test func `the end of a pipe ends a process whatever it does`() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let pipe = Pipe()
            try pipe.fileHandleForWriting.write(contentsOf: Data([1, 2, 3]))
            try EndWatch.start(pipe.fileHandleForReading.fileDescriptor, grace: .milliseconds(100))
            try pipe.fileHandleForWriting.close()
            try await Task.sleep(for: .seconds(30))
            exit(pipe.fileHandleForReading.fileDescriptor == 0 ? 2 : 1)
        }
    }

    @Test func `while the pipe is open nothing happens`() async {
        await #expect(processExitsWith: .exitCode(5)) {
            let pipe = Pipe()
            try EndWatch.start(pipe.fileHandleForReading.fileDescriptor, grace: .zero)
            try pipe.fileHandleForWriting.write(contentsOf: Data([1, 2, 3]))
            try await Task.sleep(for: .seconds(1))
            exit(pipe.fileHandleForWriting.fileDescriptor == 0 ? 2 : 5)
        }
    }
}
