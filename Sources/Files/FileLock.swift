import Glibc

/// Holds a folder for one process, by `flock` on a file in it; it ends with the process, however
/// that ends.
package struct FileLock: ~Copyable {
    private let number: Int32

    /// Nil if another process has it.
    package init?(_ path: String) throws(FileError) {
        number = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw FileDescriptor.failure("open", path) }
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            close(number)
            return nil
        }
    }

    deinit {
        close(number)
    }
}
