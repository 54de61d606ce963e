/// What became of one chunk.
package enum RestoreVerdict: Hashable, Sendable {
    /// Its row is made, and footage of its camera is protected.
    case restored
    /// An equal row was there.
    case present
    /// A row of its name is there with other values, and stays as it is; names of columns.
    case differs([String])
    /// A value is outside the limits of a row.
    case invalid
}
