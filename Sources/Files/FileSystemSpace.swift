/// Room of a file system, as statvfs(3) counts it.
package struct FileSystemSpace: Hashable, Sendable {
    /// Bytes that it holds in all.
    package var totalBytes: Int
    /// Bytes that a process without privileges may still write.
    package var freeBytes: Int

    package init(totalBytes: Int, freeBytes: Int) {
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
    }
}
