/// One key of a batch that is not deleted, or of which that is not known: it may be tried again.
package struct DeleteFailure: Sendable {
    package let key: ObjectKey
    package let error: ObjectStoreError

    package init(key: ObjectKey, error: ObjectStoreError) {
        self.key = key
        self.error = error
    }
}
