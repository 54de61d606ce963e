/// One step of the schema. Never changed once released: the runner compares checksums.
package struct Migration: Hashable, Sendable {
    /// Number and name, such as `0001_tenancy`.
    package let name: String
    /// Statements without BEGIN and COMMIT: the runner's transaction is around them.
    package let sql: String

    package init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }
}
