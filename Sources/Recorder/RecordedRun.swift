internal import Domain

/// What all chunks of a run have in common.
struct RecordedRun {
    let id: RunID
    /// When the picture at zero was taken.
    let start: WallTime
    let video: VideoParameters
    var audio: AudioParameters?

    /// RFC 6381, of both tracks.
    var codecs: String {
        audio.map { "\(video.codecs),\($0.codecs)" } ?? video.codecs
    }
}
