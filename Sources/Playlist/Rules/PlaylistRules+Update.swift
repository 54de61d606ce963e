internal import Domain

extension PlaylistRules {
    /// Every rule that a later version of one playlist breaks against an earlier one.
    ///
    /// - Parameters:
    ///   - old: The earlier text.
    ///   - new: The later text.
    ///   - elapsed: Time since `old` got its last segment; nil if not known.
    /// - Returns: What is wrong with the step; each text by itself is checked by `check`.
    package static func checkUpdate(
        from old: String,
        to new: String,
        elapsed: Duration? = nil
    ) -> [RuleViolation] {
        let before = ParsedPlaylist(old)
        let after = ParsedPlaylist(new)
        if before.isEnded {
            return old == new
                ? [] : [RuleViolation(.changedAfterEnd, line: 0, "changed after EXT-X-ENDLIST")]
        }
        var found: [RuleViolation] = []
        if before.targetDuration != after.targetDuration {
            found.append(RuleViolation(.changedTarget, line: 0, "EXT-X-TARGETDURATION changed"))
        }
        let oldFirst = before.mediaSequence ?? 0
        let newFirst = after.mediaSequence ?? 0
        let oldEnd = oldFirst + before.segments.count
        let newEnd = newFirst + after.segments.count
        if newFirst < oldFirst || newEnd < oldEnd {
            found.append(RuleViolation(.sequenceWentBack, line: 0, "media sequence went back"))
            return found
        }
        let target = Double(before.targetDuration ?? 0)
        if let elapsed, newEnd == oldEnd, elapsed > .seconds(target * 1.5) {
            found.append(RuleViolation(.stale, line: 0, "no new segment for \(elapsed)"))
        }
        if newFirst > oldFirst {
            let length = after.segments.reduce(0) { $0 + ($1.seconds ?? 0) }
            // A restart renumbers what it lists again; that removes nothing.
            let isRestart = newFirst >= oldEnd
            let oldLength = before.segments.reduce(0) { $0 + ($1.seconds ?? 0) }
            if length < target * 3, !isRestart || length < oldLength {
                found.append(RuleViolation(.shrunk, line: 0, "\(length) s are left"))
            }
        }
        return found + common(before, after, removed: newFirst - oldFirst)
    }

    /// Compares what both versions list.
    private static func common(
        _ before: ParsedPlaylist,
        _ after: ParsedPlaylist,
        removed: Int
    ) -> [RuleViolation] {
        var found: [RuleViolation] = []
        let growth = (after.discontinuitySequence ?? 0) - (before.discontinuitySequence ?? 0)
        if growth < 0 {
            found.append(
                RuleViolation(.sequenceWentBack, line: 0, "discontinuity sequence went back")
            )
        }
        // After a restart nothing is common, and the numbers may have jumped.
        guard removed <= before.segments.count else { return found }
        let gone = before.segments.prefix(removed).count { $0.isDiscontinuity }
        if removed < before.segments.count, growth != gone {
            found.append(
                RuleViolation(
                    .discontinuityCount,
                    line: 0,
                    "\(gone) removed, counted \(growth)"
                )
            )
        }
        for (old, new) in zip(before.segments.dropFirst(removed), after.segments) {
            var same = old
            same.line = new.line
            if same != new {
                found.append(RuleViolation(.edited, line: new.line, "a listed segment changed"))
            }
        }
        return found
    }
}
