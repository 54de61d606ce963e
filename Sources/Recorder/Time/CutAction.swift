/// What to do with the media appended so far, in the order given.
package enum CutAction: Hashable, Sendable {
    /// Write what is buffered as one fragment (a part). Given only when something is buffered.
    case flushPart
    /// The segment ends here, always behind a `flushPart`. Says how the next one begins.
    case closeSegment(nextIsIndependent: Bool)
    /// The chunk ends here, always behind a `closeSegment`: the next unit opens a new file.
    case rollChunk
}

/// What `SegmentCutter` decided about one unit.
package struct CutDecision: Hashable, Sendable {
    /// To be done before the unit is appended.
    package var before: [CutAction] = []
    /// To be done once it is.
    package var after: [CutAction] = []

    package init() {}
}
