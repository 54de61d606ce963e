import Domain
import ObjectStore

/// Finds the segments of a chunk in its object, by the heads of its fragments: pictures are not
/// read.
struct FragmentScan: Sendable {
    /// Bytes of one read: the head of a fragment with all its samples, `mdat`'s head included.
    private static let window = 32 << 10
    /// The largest `moof` that is read.
    private static let moofLimit = 1 << 20

    let store: any ObjectStoring

    /// Nil if the object is not what the recorder writes, or its fragments do not add up.
    func segments(of sealed: SealedChunk, _ key: ObjectKey) async throws -> [Segment]? {
        let chunk = sealed.chunk
        var fragments: [MovieFragment] = []
        var position = chunk.initializationLength
        var end = 0
        while position < sealed.length {
            let window = try await bytes(key, position, Self.window, sealed.length)
            guard let head = BoxHead(window, at: 0), head.length <= sealed.length - position else {
                return nil
            }
            if head.type == "moof" {
                guard head.length <= Self.moofLimit else { return nil }
                let whole =
                    head.length <= window.count
                    ? window : try await bytes(key, position, head.length, sealed.length)
                guard
                    var fragment = MovieFragment(moof: Array(whole[head.headLength..<head.length]))
                else { return nil }
                fragment.offset = position
                fragments.append(fragment)
            }
            // Anything but a fragment belongs to the one before it.
            position += head.length
            if fragments.isEmpty { return nil }
            end = position
            fragments[fragments.count - 1].length = end - fragments[fragments.count - 1].offset
        }
        return SegmentGrouping.segments(
            of: fragments,
            mediaStart: chunk.mediaStart,
            offset: chunk.initializationLength
        )
    }

    private func bytes(
        _ key: ObjectKey,
        _ position: Int,
        _ count: Int,
        _ length: Int
    ) async throws -> [UInt8] {
        try await store.read(key, range: position..<min(position + count, length))
    }
}
