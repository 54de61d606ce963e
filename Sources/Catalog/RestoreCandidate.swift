import Domain

/// A chunk to be restored whose values are within the limits of a row.
struct RestoreCandidate: Sendable {
    let chunk: ChunkCandidate
    let storedAt: WallTime?

    /// Nil for a value outside its limits.
    init?(_ chunk: RestorableChunk, index: Int) {
        guard NewCamera.retentionRange ~= chunk.retentionDays,
            var candidate = ChunkCandidate(chunk.offer, index: index)
        else { return nil }
        candidate.retentionDays = chunk.retentionDays
        self.chunk = candidate
        storedAt = chunk.storedAt
    }

    var tenant: TenantID { chunk.sealed.chunk.identity.tenant }
    var camera: CameraID { chunk.sealed.chunk.identity.camera }
    var stream: StreamRole { chunk.sealed.chunk.identity.stream }
    var name: CameraName { CameraName(tenant: tenant, camera: camera) }

    /// Begin of what it brings back, its gap included.
    var from: WallTime {
        min(chunk.gap?.start ?? chunk.sealed.chunk.start, chunk.sealed.chunk.start)
    }
    var to: WallTime { chunk.sealed.chunk.end }
}
