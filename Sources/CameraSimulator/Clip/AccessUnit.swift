/// One coded picture of a clip: its NAL units without start codes.
struct AccessUnit: Hashable, Sendable {
    var units: [[UInt8]] = []
    var isKey = false
    /// Presentation minus decoding time, in ticks of 90 kHz; 0 without B pictures.
    var compositionOffset = 0
}
