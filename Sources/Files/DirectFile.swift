import CLinux
import Glibc

/// A new file that is written around the page cache, where the file system can: what is read again
/// much later, if ever, needs no copy there, and pushes nothing else out.
struct DirectFile: ~Copyable {
    private let number: Int32
    private let path: String
    private var isDirect: Bool
    private var length = 0
    private var isPadded = false

    /// - Throws: `exists` if there is one.
    init(_ path: String) throws(FileError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        var number = unsafe open(path, flags | Int32(sparc_open_direct), 0o640)
        isDirect = number >= 0
        if number < 0, errno == EINVAL {
            // A file system that cannot may have made the name all the same.
            unsafe _ = unlink(path)
            number = unsafe open(path, flags, 0o640)
        }
        self.number = number
        self.path = path
        if number < 0 { throw FileDescriptor.failure("open", path) }
    }

    deinit {
        if number >= 0 { close(number) }
    }

    /// Adds a piece; only the last one may be shorter than a block's capacity.
    mutating func append(_ block: FileBlock) throws(FileError) {
        guard !isPadded, block.count > 0 else {
            throw FileError(.other, "a piece was to follow the last one of \(path)")
        }
        length += block.count
        var wanted = block.count
        if isDirect, wanted % FileBlock.alignment != 0 {
            wanted += FileBlock.alignment - wanted % FileBlock.alignment
            let padding = unsafe block.memory + block.count
            unsafe _ = memset(padding, 0, wanted - block.count)
            isPadded = true
        }
        var done = 0
        while done < wanted {
            let count = unsafe write(number, block.memory + done, wanted - done)
            if count >= 0 {
                done += count
            } else if errno == EINVAL, isDirect {
                // Larger blocks than ours: by the page cache from here on.
                isDirect = false
                guard fcntl(number, F_SETFL, 0) == 0 else {
                    throw FileDescriptor.failure("fcntl", path)
                }
            } else if errno != EINTR {
                throw FileDescriptor.failure("write", path)
            }
        }
    }

    /// Ends the file at its last byte and makes it durable.
    consuming func finish() throws(FileError) {
        if isPadded {
            guard ftruncate(number, off_t(length)) == 0 else {
                throw FileDescriptor.failure("truncate", path)
            }
        }
        guard fsync(number) == 0 else {
            throw FileError(.ioFailure, "fsync \(path): errno \(errno)")
        }
    }
}
