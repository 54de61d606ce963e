/// The video codings that are copied as they come; anything else is a visible camera warning.
package enum VideoCodec: String, Sendable, Codable, Hashable, CaseIterable {
    case h264
    case h265
}
