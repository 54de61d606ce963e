/// Which of a camera's streams: the full picture or the small one.
package enum StreamRole: String, Sendable, Codable, Hashable, CaseIterable {
    case main
    case sub
}
