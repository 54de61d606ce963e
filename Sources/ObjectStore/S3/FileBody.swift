import Files
import Synchronization
import Transfer

/// A file as a request body: opened once, read in pieces as they are sent.
final class FileBody: HTTPBodySource {
    let length: Int
    private let file: Mutex<FileDescriptor>

    /// - Parameters:
    ///   - path: Of the file.
    ///   - length: Bytes to send.
    /// - Throws: `damaged` for a file that has fewer.
    init(_ path: String, length: Int) throws(FileError) {
        let descriptor = try FileDescriptor(path, .read)
        guard try descriptor.size() >= length else {
            throw FileError(.damaged, "\(path) is shorter than \(length) bytes")
        }
        self.length = length
        file = Mutex(descriptor)
    }

    func read(_ count: Int, at offset: Int) throws -> [UInt8] {
        try file.withLock { file throws(FileError) in try file.read(count, at: offset) }
    }
}
