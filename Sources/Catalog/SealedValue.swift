/// A sealed value with its place in the database.
package struct SealedValue: Hashable, Sendable {
    package var column: SealedColumn
    /// Names its row, as what it is sealed for does.
    package var row: String
    package var sealed: [UInt8]

    package init(column: SealedColumn, row: String, sealed: [UInt8]) {
        self.column = column
        self.row = row
        self.sealed = sealed
    }
}
