import Domain
package import Files

/// Brings one chunk whose recorder is gone to its longest valid prefix of whole fragments.
///
/// A kill leaves the last record or fragment cut; a power cut may also leave holes in data that the
/// journal lists. So every fragment's CRC is checked, and both files are cut after the last one that
/// is right. Doing it again changes nothing. A chunk of which nothing can be understood is not cut:
/// its files get the suffix `.damaged` and stay.
package enum ChunkRecovery {
    /// Added to the names of files that are kept but not used.
    static let damagedSuffix = ".damaged"
    /// A journal of ten minutes of half-second fragments has 60 KB; a larger file is damage.
    static let journalLimit = 64 << 20

    /// Recovers a chunk.
    ///
    /// - Parameters:
    ///   - dataPath: May be missing: then the chunk has no fragments.
    ///   - journalPath: A missing one holds nothing.
    ///   - isChecked: Whether the data of an ended chunk is compared with its CRCs too; without, only
    ///     its length is. An open chunk's data is always compared.
    /// - Returns: The journal after recovery, always with an end; nil if nothing can be understood.
    /// - Throws: When a file cannot be read or written; both files are then as they were, or cut.
    package static func recover(
        dataPath: String,
        journalPath: String,
        isChecked: Bool = true
    ) throws(FileError) -> ChunkJournal? {
        guard let bytes = try FileSystem.content(of: journalPath, limit: journalLimit) else {
            return nil
        }
        let journal = ChunkJournal(bytes)
        guard journal.header != nil else {
            try setAside(dataPath: dataPath, journalPath: journalPath)
            return nil
        }
        let isWhole = journal.end != nil && journal.validLength == bytes.count
        let size = try FileSystem.length(of: dataPath) ?? 0
        if isWhole, journal.fragments.isEmpty { return journal }
        if isWhole, !isChecked, size == journal.dataLength { return journal }
        guard let valid = try validFragments(journal, dataPath) else {
            try setAside(dataPath: dataPath, journalPath: journalPath)
            return nil
        }
        if valid == journal.fragments.count, isWhole, size == journal.dataLength { return journal }
        return try cut(journal, to: valid, bytes, dataPath: dataPath, journalPath: journalPath)
    }

    /// Counts the fragments that are whole and right from the first on.
    ///
    /// - Parameters:
    ///   - journal: Has a header.
    ///   - path: The data file.
    /// - Returns: The count; nil if the chunk's ftyp and moov are wrong, and so nothing plays.
    /// - Throws: When the file cannot be read.
    static func validFragments(
        _ journal: ChunkJournal,
        _ path: String
    ) throws(FileError) -> Int? {
        guard let header = journal.header else { return nil }
        let data: FileDescriptor
        do { data = try FileDescriptor(path, .read) } catch  where error.code == .notFound {
            return 0
        }
        // Nothing but the first bytes of ftyp and moov: the recorder died before its first fragment.
        if try data.size() < header.initializationLength { return 0 }
        let head = try data.read(header.initializationLength, at: 0)
        guard head.count == header.initializationLength else { return 0 }
        var hash = FNV1a()
        hash.update(head)
        guard hash.hexDigits == header.initializationHash else { return nil }
        for (index, fragment) in journal.fragments.enumerated() {
            let bytes = try data.read(fragment.length, at: fragment.offset)
            guard bytes.count == fragment.length, CRC32C.checksum(bytes) == fragment.crc else {
                return index
            }
        }
        return journal.fragments.count
    }

    private static func cut(
        _ journal: ChunkJournal,
        to valid: Int,
        _ bytes: [UInt8],
        dataPath: String,
        journalPath: String
    ) throws(FileError) -> ChunkJournal {
        let last = valid > 0 ? journal.fragments[valid - 1] : nil
        let length = last.map { $0.offset + $0.length } ?? journal.header?.initializationLength ?? 0
        // The end record first: the data is never shorter than what a journal in force lists.
        let keep = valid > 0 ? journal.recordEnds[valid - 1] : journal.headerEnd
        let ended = Array(bytes[..<keep]) + JournalRecord.end(.recovered).bytes
        do {
            let data = try FileDescriptor(dataPath, .readWrite)
            try data.sync()
            try FileSystem.replace(journalPath, with: ended)
            if try data.size() > length { try data.truncate(to: length) }
            try data.sync()
        } catch  where error.code == .notFound {
            try FileSystem.replace(journalPath, with: ended)
        }
        return ChunkJournal(ended)
    }

    private static func setAside(dataPath: String, journalPath: String) throws(FileError) {
        for path in [dataPath, journalPath] where try FileSystem.length(of: path) != nil {
            try FileSystem.rename(path, to: path + damagedSuffix)
        }
        try FileSystem.syncFolder(of: journalPath)
    }
}
