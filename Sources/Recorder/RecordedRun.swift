internal import Domain

/// What all chunks of a run have in common. Shared, because it is looked at for each unit.
final class RecordedRun {
    let id: RunID
    /// When the picture at zero was taken.
    let start: WallTime
    let video: VideoParameters
    let audio: AudioParameters?

    init(id: RunID, start: WallTime, video: VideoParameters, audio: AudioParameters?) {
        self.id = id
        self.start = start
        self.video = video
        self.audio = audio
    }

    /// RFC 6381, of both tracks.
    var codecs: String {
        audio.map { "\(video.codecs),\($0.codecs)" } ?? video.codecs
    }

    var withoutAudio: RecordedRun {
        RecordedRun(id: id, start: start, video: video, audio: nil)
    }
}
