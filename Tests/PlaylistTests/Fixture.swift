import Domain
import Playlist
import Testing

/// 2026-01-31T09:00:00Z, the start of most examples.
let nine = WallTime(seconds: 1_769_850_000)

func seconds(_ value: Double) -> MediaTime {
    MediaTime(seconds: value)
}

/// Chunks as one stream's recorder makes them.
struct ChunkFactory {
    let tenant = TenantID()
    let camera = CameraID()
    var epoch: Int64 = 1
    var sequence: Int64 = 0
    var run = RunID()
    var hash = "00000000000000aa"
    /// Where the run is on its own timeline.
    var media = MediaTime.zero

    mutating func startRun(hash: String? = nil) {
        run = RunID()
        media = seconds(0.4)
        if let hash { self.hash = hash }
    }

    /// A chunk of segments with these lengths, continuing the run.
    mutating func chunk(
        at start: WallTime,
        _ durations: [Double],
        independent: (Int) -> Bool = { _ in true }
    ) -> Chunk {
        sequence += 1
        var chunk = Chunk(
            identity: ChunkIdentity(
                tenant: tenant,
                camera: camera,
                stream: .main,
                epoch: epoch,
                sequence: sequence
            ),
            run: run,
            start: start,
            mediaStart: media,
            initializationLength: 900,
            initializationHash: hash,
            codecs: "avc1.64001f,mp4a.40.2",
            width: 1_920,
            height: 1_080,
            segments: []
        )
        var offset = 900
        for (index, duration) in durations.enumerated() {
            let length = 1_000_000 + index
            chunk.segments.append(
                Segment(
                    start: media,
                    duration: seconds(duration),
                    offset: offset,
                    length: length,
                    isIndependent: independent(index)
                )
            )
            media += seconds(duration)
            offset += length
        }
        return chunk
    }
}

func uri(_ chunk: Chunk) -> String {
    "/media/spool/t/c/main/\(chunk.identity.epoch)-\(chunk.identity.sequence).mp4?k=1&e=2&s=3"
}

/// Violations apart from what is advice only.
func violations(_ text: String, advice: Bool = true) -> [RuleViolation] {
    PlaylistRules.check(text).filter { advice || !$0.rule.isAdvice }
}

extension String {
    /// The lines that begin with a tag.
    func lines(_ tag: String) -> [Substring] {
        split(separator: "\n").filter { $0.hasPrefix(tag) }
    }

    /// The sum of all EXTINF.
    var playlistSeconds: Double {
        lines("#EXTINF:").reduce(0) { $0 + (Double($1.dropFirst(8).dropLast()) ?? .nan) }
    }
}
