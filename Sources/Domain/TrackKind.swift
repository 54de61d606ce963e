/// The two kinds of track that are recorded.
package enum TrackKind: String, Sendable, Codable, Hashable, CaseIterable {
    case video
    case audio
}
