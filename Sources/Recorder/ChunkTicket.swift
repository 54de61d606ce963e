internal import Domain

/// Names a chunk between the I/O thread and the disk thread. `number` is never used twice in a
/// process.
struct ChunkTicket: Hashable, Sendable {
    let number: UInt64
    let identity: ChunkIdentity

    var key: StreamKey {
        StreamKey(camera: identity.camera, stream: identity.stream)
    }
}
