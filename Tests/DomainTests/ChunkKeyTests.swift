import Domain
import Testing

/// The reading of object keys.
struct ChunkKeyTests {
    private static let sealed = SealedChunk(
        chunk: Chunk(
            identity: ChunkIdentity(
                tenant: TenantID(),
                camera: CameraID(),
                stream: .sub,
                epoch: 12,
                sequence: 345
            ),
            run: RunID(),
            start: WallTime(seconds: 1_769_903_940),
            mediaStart: .zero,
            initializationLength: 1,
            initializationHash: "0123456789abcdef",
            codecs: "avc1.64001f",
            width: 1,
            height: 1,
            segments: []
        ),
        sha256: "0123456789abcdef" + String(repeating: "0", count: 48),
        length: 1
    )

    @Test func `a key says what it was made of`() throws {
        let key = try #require(ChunkKey(Self.sealed.key))
        #expect(key.identity == Self.sealed.chunk.identity)
        #expect(key.hashPrefix == "0123456789abcdef")
        #expect(Self.sealed.key == key.folder + "/12-345-0123456789abcdef.mp4")
    }

    /// What is replaced in a good key, and by what.
    @Test(arguments: [
        ("/12-345-", "/012-345-"), ("/12-345-", "/12-0-"), ("/12-345-", "/-12-345-"),
        ("/12-345-", "/+12-345-"), ("/12-345-", "/12-345-1-"), ("/12-345-", "/12-"),
        ("/sub/", "/other/"), ("/sub/", "/sub//"), ("/sub/", "/"), (".mp4", ".mp5"), (".mp4", ""),
        ("abcdef.", "abcdeF."), ("abcdef.", "abcde."), ("/2026/01/", "/2026/13/"),
        ("/2026/01/", "/2026/1/"), ("/2026/01/", "/02026/01/"),
    ])
    func `a key of another form is none`(part: String, other: String) {
        let key = Self.sealed.key
        let changed = key.replacing(part, with: other)
        #expect(changed != key)
        #expect(ChunkKey(changed) == nil)
    }

    @Test func `a key in capitals or of another shard is none`() {
        let key = Self.sealed.key
        let parts = key.split(separator: "/")
        let shard = parts[0] == "00" ? "01" : "00"
        #expect(
            ChunkKey(([shard] + parts.dropFirst().map(String.init)).joined(separator: "/")) == nil
        )
        let camera = "0197c0de-aaaa-4000-8000-00000000abcd"
        let good = "cd/\(camera)/\(camera)/main/2026/01/31/1-1-0123456789abcdef.mp4"
        #expect(ChunkKey(good) != nil)
        #expect(ChunkKey(good.replacing("aaaa", with: "AAAA")) == nil)
        #expect(ChunkKey("") == nil && ChunkKey("/") == nil)
    }
}
