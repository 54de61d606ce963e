import Domain
import Testing

@Suite struct PackingTests {
    private func chunk(_ count: Int) -> Chunk {
        var segments: [Segment] = []
        var start = MediaTime(ticks: 1_000)
        var offset = 700
        for index in 0..<count {
            let duration = MediaTime(ticks: 360_000 + Int64(index))
            segments.append(
                Segment(
                    start: start,
                    duration: duration,
                    offset: offset,
                    length: 100 + index,
                    isIndependent: index % 2 == 0
                )
            )
            start += duration
            offset += 100 + index
        }
        return Chunk(
            identity: ChunkIdentity(
                tenant: TenantID(),
                camera: CameraID(),
                stream: .main,
                epoch: 1,
                sequence: 2
            ),
            run: RunID(),
            start: WallTime(seconds: 1_795_583_205),
            mediaStart: MediaTime(ticks: 1_000),
            initializationLength: 700,
            initializationHash: "0123456789abcdef",
            codecs: "avc1.64001f",
            width: 1,
            height: 1,
            segments: segments
        )
    }

    @Test(arguments: [0, 1, 15, 1_200])
    func `segments come back from their packed form`(_ count: Int) {
        let chunk = chunk(count)
        let unpacked = PackedSegments.unpack(
            PackedSegments.pack(chunk),
            mediaStart: chunk.mediaStart,
            initializationLength: 700
        )
        #expect(unpacked == chunk.segments)
    }

    @Test func `damaged bytes are refused at every length`() {
        let bytes = PackedSegments.pack(chunk(15))
        for length in 0..<bytes.count {
            #expect(
                PackedSegments.unpack(
                    Array(bytes.prefix(length)),
                    mediaStart: .zero,
                    initializationLength: 0
                ) == nil
            )
        }
    }

    @Test func `a key has shard, tenant, camera, stream, day, epoch, sequence and hash`() {
        let sealed = SealedChunk(
            chunk: chunk(1),
            sha256: String(repeating: "ab", count: 32),
            length: 800
        )
        let identity = sealed.chunk.identity
        let camera = identity.camera.description
        #expect(
            sealed.key
                == "\(camera.suffix(2))/\(identity.tenant)/\(camera)/main/2026/11/25/1-2-abababababababab.mp4"
        )
    }

    @Test func `new ids differ and have the form of version 4`() {
        let ids = Set((0..<1_000).map { _ in RunID() })
        #expect(ids.count == 1_000)
        for id in ids {
            let text = Array(id.description)
            #expect(text[14] == "4" && "89ab".contains(text[19]))
            #expect(RunID(id.description) == id)
        }
    }

    @Test func `a stamp is found in other bytes`() {
        let stamp = PictureStamp(camera: 7, picture: 123_456, sentAt: WallTime(seconds: 99))
        let bytes: [UInt8] = [1, 2, 3] + stamp.payload + [4] + stamp.payload
        #expect(PictureStamp.all(in: bytes) == [stamp, stamp])
    }
}
