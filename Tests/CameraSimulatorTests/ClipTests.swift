import Domain
import Testing

@testable import CameraSimulator

struct ClipTests {
    @Test(arguments: [
        ("demo.h264", VideoCodec.h264, 200, 20, 2), ("demo.h265", .h265, 200, 20, 3),
        ("bench.h264", .h264, 40, 40, 2), ("small.h264", .h264, 80, 20, 2),
        ("bframes.h264", .h264, 60, 20, 2),
    ])
    func `the clips are whole groups of pictures`(
        file: String,
        codec: VideoCodec,
        pictures: Int,
        group: Int,
        sets: Int
    ) throws {
        let clip = try Clip(path: TestFarm.clip(file))
        #expect(clip.codec == codec)
        #expect(clip.pictures.count == pictures)
        #expect(clip.groupLength == group)
        #expect(clip.pictures.count.isMultiple(of: group))
        #expect(clip.parameterSets.count == sets)
        for (index, picture) in clip.pictures.enumerated() {
            #expect(picture.isKey == index.isMultiple(of: group))
            #expect(picture.packets.allSatisfy { $0.length <= 16 + Packetizer.payloadMax })
        }
    }

    @Test func `B pictures have their times beside the clip`() throws {
        let clip = try Clip(path: TestFarm.clip("bframes.h264"))
        let offsets = clip.pictures.map(\.compositionOffset)
        #expect(Set(offsets) == [0, 4_500, 13_500])
        let shown = offsets.enumerated().map { $0.offset * 4_500 + $0.element }
        #expect(Set(shown).count == shown.count)
    }

    @Test func `audio is 16 kHz mono AAC-LC`() throws {
        let audio = try #require(try Clip(path: TestFarm.clip("bench.h264")).audio)
        #expect(audio.configuration == [0x14, 0x08])
        #expect(audio.sampleRate == 16_000)
        #expect(audio.channels == 1)
        #expect(try Clip(path: TestFarm.clip("bframes.h264")).audio == nil)
        #expect(ADTS([]) == nil)
        #expect(ADTS([0xff, 0xf1, 0x60, 0x40, 0xff, 0xff, 0xfc, 0]) == nil)
    }

    @Test func `a file that is no clip is named in the error`() {
        for name in ["none.h264", "README.md", "demo.aac"] {
            let error = #expect(throws: FarmError.self) { try Clip(path: TestFarm.clip(name)) }
            #expect(error?.message.contains(name) == true)
        }
    }

    @Test func `picture numbers map to the clip's pictures, also with long groups`() throws {
        var cursor = ClipCursor(clip: try Clip(path: TestFarm.clip("demo.h264")))
        #expect(cursor.index(0) == 0)
        #expect(cursor.index(399) == 199)
        cursor.setKeyInterval(seconds: 2, pictureRate: 20, from: 7)
        #expect((7..<60).filter { cursor.isKey($0) } == [7, 47])
        #expect((8..<28).map { cursor.index($0) } == Array(1...19) + [1])
        cursor.setKeyInterval(seconds: nil, pictureRate: 20, from: 100)
        #expect((100..<9_000).filter { cursor.isKey($0) } == [100])
    }

    @Test func `the picture clock counts from its origin`() {
        let clock = PictureClock(
            origin: MonotonicTime(nanoseconds: 7_000),
            wallOrigin: WallTime(seconds: 1_000),
            pictureRate: 20
        )
        #expect(clock.due(picture: 20).nanoseconds == 1_000_007_000)
        #expect(clock.nextPicture(after: clock.due(picture: 20)) == 21)
        #expect(clock.nextPicture(after: MonotonicTime(nanoseconds: 0)) == 1)
        #expect(clock.wall(clock.due(picture: 30)) == WallTime(microseconds: 1_001_500_000))
        #expect(clock.ticks(clock.due(picture: 3), rate: 90_000) == 13_500)
        #expect(clock.due(audioFrame: 125, sampleRate: 16_000).nanoseconds == 8_000_007_000)
    }
}
