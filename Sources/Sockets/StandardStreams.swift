internal import CLinux
internal import Glibc

/// Standard input, output and error of a process that owns them.
package enum StandardStreams {
    package static let input: Int32 = 0
    package static let output: Int32 = 1

    /// Reads one line from standard input, byte by byte so that nothing behind it is taken. Blocks.
    /// Nil at the end of input or for a line above the limit.
    package static func readLine(limit: Int) -> [UInt8]? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < limit {
            let count = unsafe Glibc.read(input, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return line }
            line.append(byte)
        }
        return nil
    }

    /// Writes a line to standard error; what cannot be written is lost.
    package static func printError(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = SystemCalls.write(2, bytes, from: 0)
    }

    /// Writes a line to standard output; what cannot be written is lost.
    package static func printOutput(_ line: [UInt8]) {
        _ = SystemCalls.write(output, line + [UInt8(ascii: "\n")], from: 0)
    }
}
