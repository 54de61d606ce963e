internal import FoundationEssentials

/// An event as one line between a recorder and its worker, which are the same program.
///
/// What comes once a second, once a segment or once every few seconds for each stream is a word and
/// its fields between spaces: as JSON these lines were a tenth of a worker's time with 64 cameras.
/// Everything else is a JSON object.
extension RecorderEvent {
    private enum Word {
        static let alive = "alive"
        static let journal = "journal"
        static let statistics = "statistics"
    }

    /// Without newline; nil for an event that JSON cannot write.
    package var line: [UInt8]? {
        switch self {
        case .alive:
            return [UInt8](Word.alive.utf8)
        case .journal(let camera, let stream, let epoch, let sequence):
            return Self.join(
                [Word.journal, "\(camera)", stream.rawValue, "\(epoch)", "\(sequence)"]
            )
        case .statistics(let values):
            return Self.join(
                [
                    Word.statistics, "\(values.camera)", values.stream.rawValue,
                    "\(values.frameRate)", "\(values.bitRate)",
                    values.lastKeyframeAt.map { "\($0.microseconds)" } ?? "-",
                    "\(values.reconnects)", "\(values.packetsLost)",
                ]
            )
        case .ready, .state, .log:
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return (try? encoder.encode(self)).map { [UInt8]($0) }
        }
    }

    /// Nil for a line that is no event.
    package init?(line: String) {
        if line.utf8.first == UInt8(ascii: "{") {
            let decoder = JSONDecoder()
            guard let event = try? decoder.decode(Self.self, from: Data(line.utf8)) else {
                return nil
            }
            self = event
            return
        }
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        switch (fields.first, fields.count) {
        case (Word.alive?, 1):
            self = .alive
        case (Word.journal?, 5):
            guard let camera = CameraID(String(fields[1])),
                let stream = StreamRole(rawValue: String(fields[2])),
                let epoch = Int64(fields[3]), let sequence = Int64(fields[4])
            else { return nil }
            self = .journal(camera: camera, stream: stream, epoch: epoch, sequence: sequence)
        case (Word.statistics?, 8):
            guard let values = Self.statistics(fields) else { return nil }
            self = .statistics(values)
        default:
            return nil
        }
    }

    private static func statistics(_ fields: [Substring]) -> StreamStatistics? {
        let keyframe = Int64(fields[5])
        guard let camera = CameraID(String(fields[1])),
            let stream = StreamRole(rawValue: String(fields[2])),
            let frameRate = Double(fields[3]), frameRate.isFinite, frameRate >= 0,
            let bitRate = Int(fields[4]), bitRate >= 0,
            keyframe != nil || fields[5] == "-",
            let reconnects = Int(fields[6]), reconnects >= 0,
            let packetsLost = Int(fields[7]), packetsLost >= 0
        else { return nil }
        return StreamStatistics(
            camera: camera,
            stream: stream,
            frameRate: frameRate,
            bitRate: bitRate,
            lastKeyframeAt: keyframe.map { WallTime(microseconds: $0) },
            reconnects: reconnects,
            packetsLost: packetsLost
        )
    }

    private static func join(_ fields: [String]) -> [UInt8] {
        [UInt8](fields.joined(separator: " ").utf8)
    }
}
