/// What some footage took at an object store, and what a month of a camera costs by that.
///
/// The prices are list prices of Amazon S3 Standard in us-east-1, in USD, of the first 50 TB, as known
/// when this was written; they were not looked up by a program: check them before you rely on them. Footage is kept for 30 days, so that a month's worth is always stored.
struct StoreBill: Sendable, Hashable {
    /// A thousand PUT and LIST requests.
    private static let putPrice = 0.005
    /// A thousand GET, HEAD and other requests.
    private static let getPrice = 0.0004
    /// A GB for a month.
    private static let storagePrice = 0.023
    /// Ten thousand tags for a month.
    private static let tagPrice = 0.0065
    /// Each object of ours has four.
    private static let tagsPerObject = 4.0
    private static let monthSeconds = 30.0 * 86_400

    var objects: Int
    var footageSeconds: Double
    var bytes: Int
    /// By method.
    var requests: [String: Int]

    /// How many times that footage a camera records in a month.
    private var scale: Double { Self.monthSeconds / footageSeconds }

    var putsPerMonth: Double { Double(requests["PUT"] ?? 0) * scale }

    /// What is no put; deletions cost nothing.
    var othersPerMonth: Double {
        Double(requests.filter { $0.key != "PUT" && $0.key != "DELETE" }.values.reduce(0, +))
            * scale
    }

    var gigabytesPerMonth: Double { Double(bytes) * scale / 1e9 }

    var requestPrice: Double {
        putsPerMonth / 1_000 * Self.putPrice + othersPerMonth / 1_000 * Self.getPrice
    }

    var tagsPrice: Double {
        Double(objects) * scale * Self.tagsPerObject / 10_000 * Self.tagPrice
    }

    var storagePrice: Double { gigabytesPerMonth * Self.storagePrice }

    var price: Double { requestPrice + tagsPrice + storagePrice }

    var figures: [String: Double] {
        [
            "objects": Double(objects), "footage_seconds": footageSeconds,
            "puts_per_object": Double(requests["PUT"] ?? 0) / Double(max(1, objects)),
            "puts_per_camera_month": putsPerMonth,
            "other_requests_per_camera_month": othersPerMonth,
            "gigabytes_per_camera_month": gigabytesPerMonth,
            "request_usd_per_camera_month": requestPrice,
            "tag_usd_per_camera_month": tagsPrice,
            "storage_usd_per_camera_month": storagePrice,
        ]
    }

    var lines: [String] {
        [
            "\(objects) objects of \(Text.number(footageSeconds)) s, requests: "
                + requests.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
                .joined(separator: ", "),
            "a camera-month: \(Text.number(putsPerMonth)) PUT, \(Text.number(othersPerMonth)) other "
                + "requests, \(Text.number(gigabytesPerMonth)) GB",
            "list price of a camera-month: requests \(Text.number(requestPrice)) USD, tags "
                + "\(Text.number(tagsPrice)) USD, 30 days stored \(Text.number(storagePrice)) USD",
        ]
    }
}
