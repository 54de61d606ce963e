/// What the name of a file in a stream's folder means.
enum SpoolFileName: Hashable {
    case chunk(epoch: Int64, sequence: Int64, Kind)
    /// Of the spool, and not of one chunk.
    case other

    enum Kind: Hashable {
        case data
        case journal
        case seal
        /// The journal of a chunk that is given up: from this name on its pictures are a gap.
        case dropped
        /// What a crash left of writing a journal or seal; the name it was to replace is in force.
        case unfinished
        /// Kept for a person to look at.
        case damaged

        /// From the name's part after the numbers, with its dot.
        init?(_ suffix: Substring) {
            switch suffix {
            case ".mp4": self = .data
            case ".journal": self = .journal
            case ".seal": self = .seal
            case ".dropped": self = .dropped
            case ".mp4.new", ".journal.new", ".seal.new": self = .unfinished
            case ".mp4.damaged", ".journal.damaged", ".seal.damaged": self = .damaged
            default: return nil
            }
        }
    }
}
