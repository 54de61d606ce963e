/// Pages of which other origins may call the API (the CORS protocol of the Fetch standard). Nothing
/// that gives a right is ever sent by a browser on its own: the one cookie is of a login through a
/// provider that is under way, and other routes do not read it. So credentials are never allowed.
package enum CrossOriginPolicy: Hashable, Sendable {
    /// Only our own pages.
    case none
    /// Those of a list, such as `https://console.example.com`.
    case listed(Set<String>)
    /// Those of any; only in development.
    case any

    /// What `Access-Control-Allow-Origin` says to a page of an origin; nil: nothing, and the browser
    /// keeps the answer from the page.
    package func allowed(_ origin: String?) -> String? {
        guard let origin else { return nil }
        return switch self {
        case .none: nil
        case .listed(let origins): origins.contains(origin) ? origin : nil
        case .any: "*"
        }
    }

    /// Whether an answer differs by origin, so that a cache has to keep one for each.
    package var varies: Bool {
        if case .listed = self { true } else { false }
    }
}
