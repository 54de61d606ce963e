/// Reads a file once, from its first byte to its last, and copies it meanwhile.
package enum FileCopy {
    /// - Parameters:
    ///   - source: A file that does not change.
    ///   - target: Made, and durable at the end, but not its name; nil to read only.
    ///   - body: Gets each piece before it is written.
    /// - Returns: Bytes of the file.
    /// - Throws: What either file brings, or the body. What there is of the target is then left.
    @discardableResult
    package static func run(
        from source: String,
        to target: String?,
        _ body: (FileBlock) throws(FileError) -> Void
    ) throws(FileError) -> Int {
        let file = try FileDescriptor(source, .read)
        let block = try FileBlock()
        guard let target else { return try file.readAll(block, body) }
        var copy = try DirectFile(target)
        let length = try file.readAll(block) { block throws(FileError) in
            try body(block)
            try copy.append(block)
        }
        try copy.finish()
        return length
    }
}

extension FileDescriptor {
    fileprivate borrowing func readAll(
        _ block: FileBlock,
        _ body: (FileBlock) throws(FileError) -> Void
    ) throws(FileError) -> Int {
        var length = 0
        while true {
            try read(into: block, at: length)
            if block.count > 0 { try body(block) }
            length += block.count
            if block.count < FileBlock.capacity { return length }
        }
    }
}
