/// One picture or one audio frame as it came out of the depacketiser.
package struct MediaUnit: Hashable, Sendable {
    package var track: TrackKind
    /// In the track's own clock rate, as sent, wrapping at 2^32.
    package var rtpTimestamp: UInt32
    /// True for a picture that decoding can begin with; always true for audio.
    package var isKey: Bool
    /// Video: NAL units, each behind a 4-byte big-endian length, parameter sets left out, SEI kept.
    /// Audio: one raw AAC frame.
    package var bytes: [UInt8]

    package init(track: TrackKind, rtpTimestamp: UInt32, isKey: Bool, bytes: [UInt8]) {
        self.track = track
        self.rtpTimestamp = rtpTimestamp
        self.isKey = isKey
        self.bytes = bytes
    }
}
