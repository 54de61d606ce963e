import Domain
import Playlist
import Testing

@Suite struct MultivariantPlaylistTests {
    @Test func `rates and sizes come from recorded chunks`() throws {
        var factory = ChunkFactory()
        var chunk = factory.chunk(at: nine, [4, 4, 4, 4])
        for index in chunk.segments.indices {
            chunk.segments[index].length = index == 2 ? 2_000_000 : 1_000_000
        }
        var older = factory.chunk(at: nine + seconds(-60), [4])
        older.codecs = "hvc1.1.6.L93.B0"
        older.width = 640
        older.segments[0].length = 1_000_000
        let variant = try #require(
            PlaylistVariant(uri: "live.m3u8", chunks: [chunk, older], frameRate: 19.98)
        )
        #expect(variant.codecs == "avc1.64001f,mp4a.40.2,hvc1.1.6.L93.B0")
        #expect(variant.width == 1_920)
        #expect(variant.bandwidth == 4_000_000)
        #expect(variant.averageBandwidth == 2_400_000)
        let text = MultivariantPlaylist.render([variant])
        #expect(PlaylistRules.check(text).isEmpty)
        #expect(
            text == """
                #EXTM3U
                #EXT-X-STREAM-INF:BANDWIDTH=4000000,AVERAGE-BANDWIDTH=2400000,\
                CODECS="avc1.64001f,mp4a.40.2,hvc1.1.6.L93.B0",RESOLUTION=1920x1080,\
                FRAME-RATE=19.980
                live.m3u8

                """
        )
    }

    @Test func `a stream of short pictures has a peak too`() throws {
        var factory = ChunkFactory()
        let chunk = factory.chunk(at: nine, [0.5, 0.5])
        let variant = try #require(PlaylistVariant(uri: "a", chunks: [chunk], frameRate: nil))
        #expect(variant.bandwidth >= variant.averageBandwidth)
        #expect(PlaylistVariant(uri: "a", chunks: [], frameRate: nil) == nil)
    }
}
