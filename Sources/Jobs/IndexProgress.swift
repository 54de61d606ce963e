/// How far a long comparison is.
package struct IndexProgress: Hashable, Sendable {
    /// One word for what is being done.
    package var phase: String
    package var done: Int
    /// Nil while it is not known.
    package var total: Int?

    package init(phase: String, done: Int, total: Int?) {
        self.phase = phase
        self.done = done
        self.total = total
    }
}
