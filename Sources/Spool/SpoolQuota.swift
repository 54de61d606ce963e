package import Domain
package import Files

/// How much of a disk the spool may fill, and what goes when it is too much. A value: it reads
/// neither disk nor clock.
///
/// Copies of what is registered go first, the oldest before the newer. Only when none is left and
/// the last of the room is being used up, chunks go that nobody else has, the oldest first. The
/// chunk that is being written and a stream's newest never go.
package struct SpoolQuota: Hashable, Sendable {
    /// What the quota may do with a chunk.
    package enum Standing: Hashable, Sendable {
        /// Registered: the store has it.
        case shipped
        /// Closed, and in the spool alone as far as the spool knows.
        case unshipped
        /// Open, a stream's newest, or busy: never touched.
        case kept
        /// A stream's newest that is registered: never touched, and no loss if it were.
        case keptCopy
    }

    /// A chunk as the quota sees it.
    package struct Item: Hashable, Sendable {
        package var identity: ChunkIdentity
        /// Wall time of its first picture: what the oldest is judged by.
        package var start: WallTime
        /// Bytes of its media file.
        package var length: Int
        package var standing: Standing

        /// Whether the store has it too.
        package var isCopy: Bool {
            standing == .shipped || standing == .keptCopy
        }

        package init(
            identity: ChunkIdentity,
            start: WallTime,
            length: Int,
            standing: Standing
        ) {
            self.identity = identity
            self.start = start
            self.length = length
            self.standing = standing
        }
    }

    /// What follows from one look.
    package struct Plan: Hashable, Sendable {
        /// Registered chunks to free now, in this order.
        package var freed: [ChunkIdentity] = []
        /// Unregistered chunks to give up, in this order.
        package var dropped: [ChunkIdentity] = []
        /// Bytes that only the spool has: all but the copies of what is registered.
        package var heldBytes = 0
        /// Bytes of all chunks.
        package var usedBytes = 0
        /// The most that `heldBytes` can be before something has to be given up.
        package var capacityBytes = 0
    }

    /// The most that is kept free, bytes: what a file system and its other users need does not grow
    /// with the disk for ever.
    package static let reserveLimit = 8 << 30
    /// Percent of the file system that are kept free by default.
    package static let defaultFreePercent = 10

    /// Percent of the file system that copies leave free, 1 to 90 (`SPARC_SPOOL_FREE_PERCENT`).
    package var freePercent: Int
    /// Bytes that all chunks may have together; nil without a limit but the disk
    /// (`SPARC_SPOOL_LIMIT_MB`).
    package var limitBytes: Int?

    package init(freePercent: Int = SpoolQuota.defaultFreePercent, limitBytes: Int? = nil) {
        self.freePercent = min(max(1, freePercent), 90)
        self.limitBytes = limitBytes.map { max(0, $0) }
    }

    /// Free bytes below which copies go.
    package func reserve(of space: FileSystemSpace) -> Int {
        min(space.totalBytes / 100 * freePercent, Self.reserveLimit)
    }

    /// Free bytes below which unregistered chunks go: half of the reserve, so that a reserve which
    /// another program uses up for a moment costs no footage.
    package func floor(of space: FileSystemSpace) -> Int {
        reserve(of: space) / 2
    }

    /// What to free and what to give up now.
    package func plan(_ items: [Item], space: FileSystemSpace) -> Plan {
        var plan = Plan()
        plan.usedBytes = items.reduce(0) { $0 + $1.length }
        plan.heldBytes = items.reduce(0) { $0 + ($1.isCopy ? 0 : $1.length) }
        let room = max(0, plan.usedBytes + space.freeBytes - floor(of: space))
        plan.capacityBytes = min(limitBytes ?? .max, room)
        let excess = limitBytes.map { plan.usedBytes - $0 } ?? 0
        let sorted = items.sorted(by: Self.isOlder)
        var freed = 0
        for item in sorted where item.standing == .shipped {
            guard max(excess, reserve(of: space) - space.freeBytes) > freed else { break }
            plan.freed.append(item.identity)
            freed += item.length
        }
        for item in sorted where item.standing == .unshipped {
            guard max(excess, floor(of: space) - space.freeBytes) > freed else { break }
            plan.dropped.append(item.identity)
            freed += item.length
        }
        return plan
    }

    private static func isOlder(_ left: Item, _ right: Item) -> Bool {
        let (a, b) = (left.identity, right.identity)
        if left.start != right.start { return left.start < right.start }
        if (a.epoch, a.sequence) != (b.epoch, b.sequence) {
            return (a.epoch, a.sequence) < (b.epoch, b.sequence)
        }
        return (a.camera, a.stream.rawValue) < (b.camera, b.stream.rawValue)
    }
}
