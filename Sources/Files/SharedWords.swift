import CLinux
import Glibc

/// Numbers in memory that two processes share: what one wrote is there for the other, however the
/// writer died (memfd_create(2)). Not a file: a page of a disk's file can make its writer wait for
/// the disk.
///
/// `@unchecked Sendable`: any thread may read and write, each access is atomic, and nothing but the
/// words changes.
@safe
package final class SharedWords: @unchecked Sendable {
    /// Words of 64 bits; all are 0 at first.
    package static let count = 32
    private static let size = count * MemoryLayout<UInt64>.size

    /// Where another process of the same user opens the memory, while the one that made it holds
    /// it.
    package let path: String
    private let start: UnsafeMutableRawPointer
    private let descriptor: Int32

    /// Makes the memory. Errors: `other` when the system has no more of it or no descriptors.
    /// - Parameter name: What `/proc/PID/maps` shows, at most 200 bytes.
    package init(name: String) throws(FileError) {
        let descriptor = unsafe sparc_shared_memory(name, Self.size)
        guard descriptor >= 0 else { throw FileDescriptor.failure("memfd_create", name) }
        do throws(FileError) {
            unsafe start = try Self.map(descriptor, name)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        path = "/proc/\(getpid())/fd/\(descriptor)"
    }

    /// Opens what another process made; holds no descriptor afterwards. Errors: `damaged` when it is
    /// of another size; `notFound` and `noPermission` as for a file.
    package init(path: String) throws(FileError) {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileDescriptor.failure("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw FileDescriptor.failure("stat", path)
        }
        guard status.st_size == Self.size else {
            throw FileError(.damaged, "\(path) has \(status.st_size) bytes, not \(Self.size)")
        }
        unsafe start = try Self.map(descriptor, path)
        self.descriptor = -1
        self.path = path
    }

    deinit {
        unsafe munmap(start, Self.size)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Writes a word; an index outside does nothing. One instruction, no system call.
    package func store(_ value: UInt64, at index: Int) {
        guard index >= 0, index < Self.count else { return }
        unsafe sparc_store_word(start, Int32(index), value)
    }

    /// Reads a word; 0 for an index outside.
    package func load(at index: Int) -> UInt64 {
        guard index >= 0, index < Self.count else { return 0 }
        return unsafe sparc_load_word(start, Int32(index))
    }

    private static func map(
        _ descriptor: Int32,
        _ name: String
    ) throws(FileError) -> UnsafeMutableRawPointer {
        let memory = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            throw FileDescriptor.failure("mmap", name)
        }
        return unsafe memory
    }
}
