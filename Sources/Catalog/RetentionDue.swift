/// Which cameras have footage past its retention.
package struct RetentionDue: Hashable, Sendable {
    /// In order, removed ones too.
    package var cameras: [CameraName] = []
    /// Those that the database could not answer for in time; a later run asks again.
    package var skipped = 0
}
