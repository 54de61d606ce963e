import ObjectStore

/// The keys of a store, page by page in the order of their bytes.
struct KeyWalk {
    let store: any ObjectStoring
    let page: Int
    /// Only keys that begin with it.
    var prefix = ""
    private var last: ObjectKey?
    private var isAtEnd = false

    init(store: any ObjectStoring, page: Int, prefix: String = "") {
        self.store = store
        self.page = page
        self.prefix = prefix
    }

    /// The next keys, at most a page; nil behind the last.
    mutating func next() async throws -> [ObjectKey]? {
        if isAtEnd { return nil }
        try Task.checkCancellation()
        let keys = try await store.list(prefix: prefix, after: last, limit: page)
        last = keys.last
        isAtEnd = keys.count < page
        return keys.isEmpty ? nil : keys
    }
}

/// Calls a body for each element, a bounded number at once; the results are in the elements' order.
func concurrently<Element: Sendable, Value: Sendable>(
    _ elements: [Element],
    atOnce limit: Int,
    _ body: @escaping @Sendable (Element) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        var results: [Int: Value] = [:]
        for (index, element) in elements.enumerated() {
            if index >= limit, let (place, value) = try await group.next() {
                results[place] = value
            }
            group.addTask { (index, try await body(element)) }
        }
        for try await (place, value) in group { results[place] = value }
        return elements.indices.compactMap { results[$0] }
    }
}
