/// `Session: id;timeout=60` (RFC 2326 section 12.37).
struct SessionHeader: Equatable {
    /// Seconds without the parameter, from the same section.
    static let defaultTimeout = 60
    /// A camera that wants a sign of life more often than every second gets one a second.
    static let shortestTimeout = 2

    let id: String
    /// Seconds.
    let timeout: Int

    /// Nil for an id that would not fit in a header line.
    init?(_ value: String) {
        let pieces = value.split(separator: ";")
        guard let first = pieces.first else { return nil }
        let id = ASCII.trimmed(first)
        guard 1...256 ~= id.utf8.count, ASCII.isPlain(id) else { return nil }
        self.id = String(id)
        let stated = pieces.dropFirst().lazy.compactMap { piece -> Int? in
            let pair = piece.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, ASCII.equal(ASCII.trimmed(pair[0]), "timeout") else {
                return nil
            }
            return ASCII.number(ASCII.trimmed(pair[1]), atMost: 86_400)
        }.first
        let seconds = stated ?? Self.defaultTimeout
        timeout = seconds == 0 ? Self.defaultTimeout : max(seconds, Self.shortestTimeout)
    }
}
