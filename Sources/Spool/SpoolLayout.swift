package import Domain

/// Where things are in a spool folder.
///
/// ```
/// SPOOL/{camera}/{stream}/{epoch}-{sequence}.mp4       the future object, byte for byte
/// SPOOL/{camera}/{stream}/{epoch}-{sequence}.journal   its fragments (`JournalRecord`)
/// SPOOL/{camera}/{stream}/{epoch}-{sequence}.seal      bounds and hash, once it is sealed
/// SPOOL/{camera}/{stream}/{epoch}-{sequence}.dropped   the journal of a chunk that is given up
/// SPOOL/{camera}/{stream}/live.sequence                reserved media sequence numbers
/// ```
package struct SpoolLayout: Sendable, Hashable {
    package let root: String

    package init(root: String) {
        self.root = root
    }

    package func folder(_ camera: CameraID, _ stream: StreamRole) -> String {
        "\(root)/\(camera)/\(stream.rawValue)"
    }

    private func base(_ identity: ChunkIdentity) -> String {
        folder(identity.camera, identity.stream) + "/\(identity.epoch)-\(identity.sequence)"
    }

    package func data(_ identity: ChunkIdentity) -> String { base(identity) + ".mp4" }
    package func journal(_ identity: ChunkIdentity) -> String { base(identity) + ".journal" }
    package func seal(_ identity: ChunkIdentity) -> String { base(identity) + ".seal" }
    package func dropped(_ identity: ChunkIdentity) -> String { base(identity) + ".dropped" }

    package func liveSequence(_ camera: CameraID, _ stream: StreamRole) -> String {
        folder(camera, stream) + "/live.sequence"
    }

    /// What a file name of a stream's folder means; nil for a file that is not the spool's.
    static func parse(_ name: String) -> SpoolFileName? {
        if name == "live.sequence" || name == "live.sequence.new" { return .other }
        guard let dot = name.firstIndex(of: "."), let kind = SpoolFileName.Kind(name[dot...]) else {
            return nil
        }
        let parts = name[..<dot].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = Int64(parts[0]), let sequence = Int64(parts[1]),
            epoch >= 0, sequence >= 0, name[..<dot] == "\(epoch)-\(sequence)"
        else { return nil }
        return .chunk(epoch: epoch, sequence: sequence, kind)
    }
}
