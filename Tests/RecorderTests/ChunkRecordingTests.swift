import Domain
import MediaIO
import Spool
import Testing

@testable import Recorder

@Suite struct ChunkRecordingTests {
    private let video = VideoParameters(
        codec: .h264,
        parameterSets: [],
        configurationRecord: [
            1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0, 4, 0x67, 0x42, 0xc0, 0x1e, 1, 0, 4, 0x68, 0xce,
            0x0f,
            0xc8,
        ],
        codecs: "avc1.42c01e",
        width: 640,
        height: 360
    )

    private func audio(rate: Int) -> AudioParameters {
        AudioParameters(
            configuration: [0x12, 0x08],
            sampleRate: rate,
            channels: 1,
            clockRate: 44_100,
            codecs: "mp4a.40.2"
        )
    }

    private func open(
        _ video: VideoParameters,
        _ audio: AudioParameters?
    ) throws(MediaIOError) -> ChunkRecording {
        let identity = ChunkIdentity(
            tenant: TenantID(),
            camera: CameraID(),
            stream: .main,
            epoch: 1,
            sequence: 1
        )
        return try ChunkRecording(
            ChunkTicket(number: 1, identity: identity),
            run: RecordedRun(
                id: RunID(),
                start: WallTime(seconds: 1_769_850_000),
                video: video,
                audio: audio
            ),
            start: .zero,
            gap: nil
        )
    }

    @Test func `usual audio is in the file and in its codecs`() throws {
        let chunk = try open(video, audio(rate: 44_100))
        #expect(chunk.run.audio != nil)
        #expect(chunk.header.codecs == "avc1.42c01e,mp4a.40.2")
    }

    @Test(arguments: [1_000, 7_349, 96_001, 192_000])
    func `audio that no file can hold costs the sound, not the pictures`(rate: Int) throws {
        let chunk = try open(video, audio(rate: rate))
        #expect(chunk.run.audio == nil)
        #expect(chunk.header.codecs == "avc1.42c01e")
        let silent = try open(video, nil)
        #expect(chunk.initialization == silent.initialization)
    }

    @Test func `a picture that no file can hold is refused, whatever the audio`() {
        var large = video
        large.width = 100_000
        for audio in [nil, audio(rate: 44_100), audio(rate: 1)] {
            #expect(throws: MediaIOError.self) { try open(large, audio) }
        }
    }
}
