import Domain

/// Which recorder process records which stream. A value: the shell starts and ends the processes.
///
/// Streams share a process up to `size` each; a stream that crashed its process runs alone from
/// then on (`quarantine`), until it is released.
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

    /// Gives a stream that crashes recorders a group that it shares with nobody; the answer is that
    /// group, which is the old one if it is alone there already.
    mutating func quarantine(_ stream: StreamKey) -> GroupID {
        quarantined.insert(stream)
        if let known = home[stream], groups[known] == [stream] { return known }
        _ = remove(stream)
        return add(stream)
    }

    /// The stream may share its group again. It stays where it is; others may join it.
    mutating func release(_ stream: StreamKey) {
        quarantined.remove(stream)
    }
}
