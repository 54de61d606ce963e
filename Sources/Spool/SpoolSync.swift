package import Files

/// Makes everything that was written to a spool durable, with one system call.
package struct SpoolSync: ~Copyable {
    private let folder: FileDescriptor

    package init(root: String) throws(FileError) {
        folder = try FileDescriptor(root, .folder)
    }

    /// An error means that what was written since the last good call may be lost in a power cut.
    package borrowing func run() throws(FileError) {
        try folder.syncFileSystem()
    }
}
