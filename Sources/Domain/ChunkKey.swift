/// What the key of a chunk's object says: the reading of `SealedChunk.key`.
package struct ChunkKey: Hashable, Sendable {
    /// Everything before the last slash: the folder of one stream's UTC day.
    package let folder: String
    package let identity: ChunkIdentity
    /// The first 16 of the 64 hex digits of the object's SHA-256.
    package let hashPrefix: String

    /// Nil for a key of any other form, also for one that only reads the same, such as with a
    /// leading zero or another shard: each chunk has exactly one key.
    package init?(_ key: String) {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 8, let tenant = TenantID(String(parts[1])),
            let camera = CameraID(String(parts[2])),
            let stream = StreamRole(rawValue: String(parts[3])),
            tenant.description == parts[1], camera.description == parts[2],
            camera.description.suffix(2) == parts[0],
            let year = Int64(parts[4]), let month = Int64(parts[5]), let day = Int64(parts[6]),
            let date = CivilDate(year: year, month: month, day: day),
            date.description == parts[4...6].joined(separator: "-"), parts[7].hasSuffix(".mp4")
        else { return nil }
        let name = parts[7].dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
        guard name.count == 3, let epoch = Int64(name[0]), let sequence = Int64(name[1]),
            epoch > 0, sequence > 0, String(epoch) == name[0], String(sequence) == name[1],
            name[2].utf8.count == 16,
            name[2].utf8.allSatisfy({ 48...57 ~= $0 || 97...102 ~= $0 })
        else { return nil }
        identity = ChunkIdentity(
            tenant: tenant,
            camera: camera,
            stream: stream,
            epoch: epoch,
            sequence: sequence
        )
        folder = parts.dropLast().joined(separator: "/")
        hashPrefix = String(name[2])
    }
}
