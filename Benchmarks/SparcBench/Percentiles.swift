/// Order statistics of measured values.
struct Percentiles: Sendable {
    private let sorted: [Double]

    init(_ values: [Double]) {
        sorted = values.sorted()
    }

    var count: Int { sorted.count }
    var max: Double? { sorted.last }
    var median: Double? { at(50) }

    /// The nearest rank: the least value that `percent` of all values do not exceed; nil of none.
    func at(_ percent: Double) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = (percent / 100 * Double(sorted.count)).rounded(.up)
        return sorted[min(sorted.count - 1, Swift.max(0, Int(rank) - 1))]
    }
}
