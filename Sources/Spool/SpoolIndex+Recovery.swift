package import Domain
package import Files
import FoundationEssentials
import Synchronization

extension SpoolIndex {
    /// Ended chunks of a stream whose data is compared with its CRCs at a start. A power cut takes
    /// what was written since the last sync, a second or so: one end and one beginning of a chunk.
    /// Older ones are compared when they are sealed.
    private static let checkedCount = 3

    /// Reads the whole spool after a start; every chunk is brought to its longest valid prefix.
    ///
    /// - Returns: Paths of files that are not the spool's, or that nothing can be made of; they are
    ///   left alone.
    package func recover() throws(FileError) -> [String] {
        try FileSystem.makeFolder(layout.root)
        var foreign: [String] = []
        for name in try FileSystem.names(in: layout.root) {
            guard let camera = CameraID(name) else {
                foreign.append("\(layout.root)/\(name)")
                continue
            }
            for role in try FileSystem.names(in: "\(layout.root)/\(name)") {
                if let stream = StreamRole(rawValue: role) {
                    foreign += try recover(camera, stream)
                } else {
                    foreign.append("\(layout.root)/\(name)/\(role)")
                }
            }
        }
        return foreign
    }

    /// Brings one stream's open chunks to their longest valid prefix, after its recorder died.
    /// `takeClosed` then has the segments that this closed.
    ///
    /// - Returns: As `recover()`.
    @discardableResult
    package func recover(
        _ camera: CameraID,
        _ stream: StreamRole
    ) throws(FileError) -> [String] {
        let folder = layout.folder(camera, stream)
        var foreign: [String] = []
        var found: [Name: Set<SpoolFileName.Kind>] = [:]
        for name in try FileSystem.names(in: folder) {
            switch SpoolLayout.parse(name) {
            case nil:
                foreign.append("\(folder)/\(name)")
            case .other:
                break
            case .chunk(let epoch, let sequence, let kind):
                note(Key(camera, stream), epoch, sequence)
                if kind == .damaged { foreign.append("\(folder)/\(name)") }
                found[Name(epoch: epoch, sequence: sequence), default: []].insert(kind)
            }
        }
        let names = found.keys.sorted()
        for (index, name) in names.enumerated() {
            let stem = "\(folder)/\(name.epoch)-\(name.sequence)"
            if isSettled(Key(camera, stream), name) { continue }
            let isChecked = names.count - index <= Self.checkedCount
            let isKnown = try recover(
                stem,
                found[name] ?? [],
                isChecked: isChecked,
                Key(camera, stream),
                name
            )
            if !isKnown { foreign.append(stem) }
        }
        return foreign
    }

    private struct Name: Hashable, Comparable {
        var epoch: Int64
        var sequence: Int64

        static func < (left: Self, right: Self) -> Bool {
            (left.epoch, left.sequence) < (right.epoch, right.sequence)
        }
    }

    /// Takes one chunk into the index.
    ///
    /// - Returns: Whether anything could be made of its files.
    private func recover(
        _ stem: String,
        _ kinds: Set<SpoolFileName.Kind>,
        isChecked: Bool,
        _ key: Key,
        _ name: Name
    ) throws(FileError) -> Bool {
        if kinds.contains(.dropped) {
            return try recoverDropped(key, epoch: name.epoch, sequence: name.sequence)
        }
        let seal = kinds.contains(.seal) ? try Self.readSeal(stem + ".seal") : nil
        guard kinds.contains(.journal) else {
            return try finishFreeing(stem, kinds, seal, key, name)
        }
        let journal = try suspecting(stem + ".mp4") { () throws(FileError) in
            try ChunkRecovery.recover(
                dataPath: stem + ".mp4",
                journalPath: stem + ".journal",
                isChecked: isChecked && seal == nil
            )
        }
        guard let journal, let identity = journal.header?.identity, Key(identity) == key,
            identity.epoch == name.epoch, identity.sequence == name.sequence
        else { return false }
        keep(identity, journal, after: nil)
        if let seal, seal.chunk.identity == identity, seal.length == journal.dataLength {
            update(identity) { $0.sealed = seal }
        }
        return true
    }

    /// Without a journal: freeing removes it first, and had begun if the seal is there.
    private func finishFreeing(
        _ stem: String,
        _ kinds: Set<SpoolFileName.Kind>,
        _ seal: SealedChunk?,
        _ key: Key,
        _ name: Name
    ) throws(FileError) -> Bool {
        guard let seal, Key(seal.chunk.identity) == key,
            seal.chunk.identity.epoch == name.epoch,
            seal.chunk.identity.sequence == name.sequence
        else {
            // Damaged files are reported by their full names.
            return kinds.isDisjoint(with: [.data, .seal])
        }
        if kinds.contains(.data) {
            keep(seal.chunk.identity, SpoolEntry(seal))
        } else {
            try FileSystem.remove(stem + ".seal")
        }
        return true
    }

    /// Whether the chunk is closed or given up, so that nothing of it can have changed.
    private func isSettled(_ key: Key, _ name: Name) -> Bool {
        streams.withLock { streams in
            guard let stream = streams[key] else { return false }
            func isIt(_ identity: ChunkIdentity) -> Bool {
                identity.epoch == name.epoch && identity.sequence == name.sequence
            }
            return stream.chunks.contains { isIt($0.key) && $0.value.isClosed }
                || stream.dropped.keys.contains(where: isIt)
        }
    }

    private static func readSeal(_ path: String) throws(FileError) -> SealedChunk? {
        guard let bytes = try FileSystem.content(of: path) else { return nil }
        return try? JSONDecoder().decode(SealedChunk.self, from: Data(bytes))
    }
}
