import Domain

/// The last intervals between key pictures of a run.
struct KeyIntervals: Sendable {
    private var last: MediaTime?
    private var intervals: [MediaTime] = []

    /// A key picture was appended.
    mutating func note(_ time: MediaTime) {
        if let last, time > last {
            intervals.append(time - last)
            if intervals.count > CutLimits.keyIntervals {
                intervals.removeFirst()
            }
        }
        last = time
    }

    /// How long after a key picture at `time` (noted already or about to be) the next is
    /// expected: the longest interval of the last few. Nil before there was one.
    func expected(after time: MediaTime) -> MediaTime? {
        var known = intervals
        if let last, time > last {
            known.append(time - last)
        }
        return known.suffix(CutLimits.keyIntervals).max()
    }
}
