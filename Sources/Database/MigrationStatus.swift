/// One migration of this build, and whether the database has it.
package struct MigrationStatus: Hashable, Sendable {
    package var name: String
    package var isApplied: Bool
}
