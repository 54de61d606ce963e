package import Domain
package import Files

/// Writes one chunk: fragments to the data file, then their records to the journal, so that a
/// reader never finds a record whose bytes are not there. Used by one thread.
///
/// The steps, as recovery relies on them:
/// 1. create the journal, which claims the name, and write magic and header;
/// 2. create the data file, write ftyp and moov;
/// 3. per fragment: bytes to the data file, then the record to the journal;
/// 4. the end record;
/// 5. once a second, for all chunks at once: `SpoolSync`.
package final class ChunkWriter {
    package let header: ChunkHeader
    private let data: FileDescriptor
    private let journal: FileDescriptor
    /// Bytes of whole fragments in the data file, with ftyp and moov.
    package private(set) var length: Int
    /// Fragments written.
    package private(set) var fragmentCount = 0
    private var journalLength: Int
    private var hasEnded = false

    /// Steps 1 and 2.
    ///
    /// - Parameters:
    ///   - layout: The spool.
    ///   - header: Its identity was never used before.
    ///   - initialization: ftyp and moov, as the header describes them.
    /// - Throws: `exists` if the name was in use; `damaged` if the header does not fit the bytes.
    package init(
        _ layout: SpoolLayout,
        _ header: ChunkHeader,
        initialization: [UInt8]
    ) throws(FileError) {
        guard initialization.count == header.initializationLength,
            ChunkHeader.hash(of: initialization) == header.initializationHash
        else {
            throw FileError(.damaged, "the header's length or hash is not that of ftyp and moov")
        }
        let identity = header.identity
        let record = JournalRecord.magic + JournalRecord.header(header).bytes
        self.header = header
        length = initialization.count
        journalLength = record.count
        try FileSystem.makeFolder(layout.folder(identity.camera, identity.stream))
        journal = try FileDescriptor(layout.journal(identity), .create)
        try journal.write(record)
        data = try FileDescriptor(layout.data(identity), .create)
        try data.write(initialization)
    }

    /// Step 3. After an error the chunk ends before this fragment: nothing more is taken, and the
    /// run has a hole from here on.
    ///
    /// - Parameters:
    ///   - bytes: One moof and mdat.
    ///   - start: Decode time of its first picture; the end of the fragment before.
    ///   - duration: Not negative.
    ///   - isIndependent: Whether it begins with a key frame.
    ///   - beginsSegment: Whether the segment before is closed; the first one always begins one.
    ///   - endsSegment: Whether the next one begins a segment, if that is known already.
    /// - Throws: `noSpace`, `ioFailure`; `damaged` for arguments that no journal can hold.
    package func append(
        _ bytes: [UInt8],
        start: MediaTime,
        duration: MediaTime,
        isIndependent: Bool,
        beginsSegment: Bool,
        endsSegment: Bool = false
    ) throws(FileError) {
        guard !hasEnded else {
            throw FileError(.ioFailure, "the chunk has ended")
        }
        guard !bytes.isEmpty, bytes.count <= Int(UInt32.max), duration.ticks >= 0 else {
            throw FileError(.damaged, "a fragment without bytes or with a negative duration")
        }
        let record = FragmentRecord(
            offset: length,
            length: bytes.count,
            start: start,
            duration: duration,
            isIndependent: isIndependent,
            beginsSegment: beginsSegment,
            endsSegment: endsSegment,
            crc: CRC32C.checksum(bytes)
        )
        let line = JournalRecord.fragment(record).bytes
        do {
            try data.write(bytes)
            try journal.write(line)
        } catch {
            giveUp()
            throw error
        }
        length += bytes.count
        journalLength += line.count
        fragmentCount += 1
    }

    /// Step 4. A second call, or one after a failed fragment, does nothing.
    package func close(_ end: ChunkEnd) throws(FileError) {
        guard !hasEnded else { return }
        hasEnded = true
        try journal.write(JournalRecord.end(end).bytes)
    }

    /// Cuts both files back to the last whole fragment and ends the chunk.
    private func giveUp() {
        hasEnded = true
        do {
            try journal.truncate(to: journalLength)
            try data.truncate(to: length)
            try journal.write(JournalRecord.end(.ended).bytes)
        } catch {
            // The disk takes nothing: `SpoolIndex` ends the chunk when the stream's next one begins.
        }
    }
}
