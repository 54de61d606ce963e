import Domain

/// What arrived on a new connection before its latency and order were known.
struct HeldInput: Sendable {
    enum Item: Sendable {
        case picture(PlacedPicture)
        case audio(MediaUnit, Arrival)
    }

    let since: Int64
    var items: [Item] = []
    var pictures = 0
    var bytes = 0

    init(since: Int64) {
        self.since = since
    }

    mutating func append(_ picture: PlacedPicture) {
        items.append(.picture(picture))
        pictures += 1
        bytes += picture.unit.bytes.count
    }

    mutating func append(_ unit: MediaUnit, _ arrival: Arrival) {
        items.append(.audio(unit, arrival))
        bytes += unit.bytes.count
    }

    /// Whether enough was seen, or no more may be held.
    func isOver(at arrival: Int64) -> Bool {
        let isLong = arrival - since >= TimeLimits.probation.ticks && pictures >= 2
        return isLong || bytes >= TimeLimits.probationBytes
            || items.count >= TimeLimits.probationUnits
    }

    var depth: Int {
        DecodeOrder.depth(
            of: items.compactMap { item in
                if case .picture(let picture) = item { picture.media } else { nil }
            }
        )
    }
}
