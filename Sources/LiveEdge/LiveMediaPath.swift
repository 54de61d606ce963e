internal import Domain

/// The paths of live media, built and read in one place.
enum LiveMediaPath: Hashable, Sendable {
    /// `…/{run}-{epoch}-{sequence}/{index}.m4s`
    case segment(ChunkIdentity, RunID, index: Int)
    /// `…/{run}-{epoch}-{sequence}/init.mp4`
    case chunkInitialization(ChunkIdentity, RunID)
    /// `…/{run}-{hash}/init.mp4`: one name for all chunks of a run, so that a player loads it once.
    case runInitialization(TenantID, CameraID, StreamRole, RunID, hash: String)

    /// Characters of `Chunk.initializationHash`.
    private static let hashLength = 16
    private static let runLength = 36

    /// Reads the last five parts of a path; nil for anything this type does not print.
    init?(tenant: String, camera: String, stream: String, chunk: String, file: String) {
        guard let tenant = TenantID(tenant), let camera = CameraID(camera),
            let stream = StreamRole(rawValue: stream),
            let run = RunID(String(chunk.prefix(Self.runLength)))
        else { return nil }
        let rest = chunk.dropFirst(Self.runLength).split(
            separator: "-",
            omittingEmptySubsequences: false
        )
        guard rest.first?.isEmpty == true else { return nil }
        let numbers = rest.dropFirst().map { Self.number($0) }
        if rest.count == 2, file == "init.mp4", Self.isHash(rest[1]) {
            self = .runInitialization(tenant, camera, stream, run, hash: String(rest[1]))
            return
        }
        guard numbers.count == 2, let epoch = numbers[0], let sequence = numbers[1] else {
            return nil
        }
        let identity = ChunkIdentity(
            tenant: tenant,
            camera: camera,
            stream: stream,
            epoch: epoch,
            sequence: sequence
        )
        if file == "init.mp4" {
            self = .chunkInitialization(identity, run)
        } else if file.hasSuffix(".m4s"), let index = Self.number(file.dropLast(4)),
            index <= Int64(Int32.max)
        {
            self = .segment(identity, run, index: Int(index))
        } else {
            return nil
        }
    }

    var text: String {
        switch self {
        case .segment(let identity, let run, let index):
            "\(Self.folder(identity, run))/\(index).m4s"
        case .chunkInitialization(let identity, let run):
            "\(Self.folder(identity, run))/init.mp4"
        case .runInitialization(let tenant, let camera, let stream, let run, let hash):
            "/media/live/\(tenant)/\(camera)/\(stream.rawValue)/\(run)-\(hash)/init.mp4"
        }
    }

    private static func folder(_ identity: ChunkIdentity, _ run: RunID) -> String {
        "/media/live/\(identity.tenant)/\(identity.camera)/\(identity.stream.rawValue)/"
            + "\(run)-\(identity.epoch)-\(identity.sequence)"
    }

    /// A decimal number in its only spelling.
    static func number(_ text: some StringProtocol) -> Int64? {
        guard let value = Int64(text), value >= 0, String(value) == text else { return nil }
        return value
    }

    private static func isHash(_ text: Substring) -> Bool {
        text.utf8.count == hashLength
            && text.utf8.allSatisfy { 48...57 ~= $0 || 97...102 ~= $0 }
    }
}
