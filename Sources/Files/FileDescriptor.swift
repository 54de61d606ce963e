import CLinux
import Glibc

/// The one owner of an open file or folder; closed at the end of its life.
///
/// All calls go on after EINTR; a failed sync is an
/// error for good: the kernel may have dropped the pages (fsync(2), "errors").
package struct FileDescriptor: ~Copyable {
    package enum Mode: Sendable {
        case read
        case readWrite
        /// Must not exist yet.
        case create
        /// Written from the start; created if missing.
        case replace
        case folder
    }

    private let number: Int32
    private let path: String

    package init(_ path: String, _ mode: Mode) throws(FileError) {
        let flags: Int32 =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT | O_EXCL | O_APPEND
            case .replace: O_RDWR | O_CREAT | O_TRUNC
            case .folder: O_RDONLY | O_DIRECTORY
            }
        // A file is never opened through a link; a data folder may lie on another disk by one.
        let links = mode == .folder ? 0 : O_NOFOLLOW
        number = unsafe Glibc.open(path, flags | O_CLOEXEC | links, 0o640)
        self.path = path
        if number < 0 { throw Self.failure("open", path) }
    }

    deinit {
        if number >= 0 { close(number) }
    }

    /// Writes all bytes at the end of the file, or where the descriptor stands.
    package borrowing func write(_ bytes: [UInt8]) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    number,
                    buffer.baseAddress?.advanced(by: done),
                    buffer.count - done
                )
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure("write", path)
            }
            done += count
        }
    }

    /// Up to `count` bytes from `offset`; fewer at the end of the file.
    package borrowing func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        guard count > 0 else { return [] }
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            while length < count {
                let got = unsafe pread(
                    number,
                    buffer.baseAddress?.advanced(by: length),
                    count - length,
                    off_t(offset + length)
                )
                if got < 0 {
                    if errno == EINTR { continue }
                    failed = true
                    return
                }
                if got == 0 { return }
                length += got
            }
        }
        if failed { throw Self.failure("read", path) }
        return bytes
    }

    /// As many bytes from `offset` as the block takes; fewer at the end of the file.
    borrowing func read(into block: FileBlock, at offset: Int) throws(FileError) {
        block.count = 0
        while block.count < FileBlock.capacity {
            let got = unsafe pread(
                number,
                block.memory + block.count,
                FileBlock.capacity - block.count,
                off_t(offset + block.count)
            )
            if got < 0 {
                if errno == EINTR { continue }
                throw Self.failure("read", path)
            }
            if got == 0 { return }
            block.count += got
        }
    }

    package borrowing func size() throws(FileError) -> Int {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw Self.failure("stat", path) }
        return Int(status.st_size)
    }

    package borrowing func truncate(to length: Int) throws(FileError) {
        guard ftruncate(number, off_t(length)) == 0 else { throw Self.failure("truncate", path) }
    }

    /// Sets the permission bits, whatever the process's umask.
    package borrowing func setMode(_ mode: UInt32) throws(FileError) {
        guard fchmod(number, mode_t(mode)) == 0 else { throw Self.failure("chmod", path) }
    }

    /// Makes the file's data and length durable, or a folder's names.
    package borrowing func sync() throws(FileError) {
        guard fsync(number) == 0 else {
            throw FileError(.ioFailure, "fsync \(path): errno \(errno)")
        }
    }

    /// Makes the whole file system durable: one call instead of one per open file.
    package borrowing func syncFileSystem() throws(FileError) {
        guard sparc_syncfs(number) == 0 else {
            throw FileError(.ioFailure, "syncfs \(path): errno \(errno)")
        }
    }

    /// Room of the file system that the file is on.
    package borrowing func fileSystemSpace() throws(FileError) -> FileSystemSpace {
        var status = statvfs()
        guard unsafe fstatvfs(number, &status) == 0 else { throw Self.failure("statvfs", path) }
        func bytes(_ blocks: UInt) -> Int {
            let (product, overflow) = Int(clamping: blocks).multipliedReportingOverflow(
                by: Int(clamping: status.f_frsize)
            )
            return overflow ? .max : product
        }
        return FileSystemSpace(
            totalBytes: bytes(UInt(status.f_blocks)),
            freeBytes: bytes(UInt(status.f_bavail))
        )
    }

    package static func failure(_ call: String, _ path: String) -> FileError {
        let number = errno
        let code: FileError.Code =
            switch number {
            case ENOSPC, EDQUOT: .noSpace
            case EIO: .ioFailure
            case EEXIST: .exists
            case ENOENT, ENOTDIR: .notFound
            case EACCES, EPERM, EROFS: .noPermission
            default: .other
            }
        return FileError(code, "\(call) \(path): errno \(number)")
    }
}
