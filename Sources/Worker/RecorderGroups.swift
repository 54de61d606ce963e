import Domain

/// Which recorder process records which stream. A value: the shell starts and ends the processes.
///
/// Streams share a process up to `size` each; a stream that crashed its process runs alone from
/// then on (`quarantine`), for as long as this worker runs.
struct RecorderGroups: Sendable {
    typealias GroupID = Int

    private let size: Int
    private var nextID = 0
    private(set) var groups: [GroupID: Set<StreamKey>] = [:]
    private(set) var quarantined: Set<StreamKey> = []
    private var home: [StreamKey: GroupID] = [:]

    init(size: Int) {
        self.size = max(1, size)
    }

    func group(of stream: StreamKey) -> GroupID? {
        home[stream]
    }

    /// Gives a stream a place; the answer is its group, which may be new.
    mutating func add(_ stream: StreamKey) -> GroupID {
        if let known = home[stream] { return known }
        let place =
            quarantined.contains(stream)
            ? nil
            : groups.filter { $0.value.count < size && quarantined.isDisjoint(with: $0.value) }
                .keys.min()
        let id = place ?? nextID
        if place == nil { nextID += 1 }
        groups[id, default: []].insert(stream)
        home[stream] = id
        return id
    }

    /// Takes a stream out; the answer is its group and whether that is empty now and so gone.
    mutating func remove(_ stream: StreamKey) -> (group: GroupID, isEmpty: Bool)? {
        guard let id = home.removeValue(forKey: stream) else { return nil }
        groups[id]?.remove(stream)
        let isEmpty = groups[id]?.isEmpty ?? true
        if isEmpty { groups[id] = nil }
        return (id, isEmpty)
    }

    /// Marks a stream as one that crashes recorders; it must be added anew.
    mutating func quarantine(_ stream: StreamKey) {
        quarantined.insert(stream)
        _ = remove(stream)
    }
}
