/// A chunk whose bounds, bytes and hash are fixed for ever, and the key it is stored under.
package struct SealedChunk: Hashable, Sendable, Codable {
    package var chunk: Chunk
    /// SHA-256 of the whole file, 64 lower-case hex digits.
    package var sha256: String
    /// File length in bytes.
    package var length: Int

    package init(chunk: Chunk, sha256: String, length: Int) {
        self.chunk = chunk
        self.sha256 = sha256
        self.length = length
    }

    /// `{shard}/{tenant}/{camera}/{stream}/{yyyy}/{mm}/{dd}/{epoch}-{seq}-{hash16}.mp4`. The shard
    /// is two hex digits of the camera's id, so that one prefix's request rate is no limit for all.
    package var key: String {
        let identity = chunk.identity
        let day = chunk.start.day.description.split(separator: "-").joined(separator: "/")
        let camera = identity.camera.description
        return "\(camera.suffix(2))/\(identity.tenant)/\(camera)/\(identity.stream.rawValue)/"
            + "\(day)/\(identity.epoch)-\(identity.sequence)-\(sha256.prefix(16)).mp4"
    }
}
