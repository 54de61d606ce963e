import Transfer

extension S3Store: LifecycleStoring {
    package func lifecycle() async throws -> BucketLifecycle {
        var request = S3Request(.get)
        request.query = [("lifecycle", "")]
        // 1,000 rules at most, each with an id of at most 255 characters.
        request.responseLimit = 4 << 20
        let answer = try await connection.send(request)
        // What a bucket without rules says.
        if case .notFound = answer.meaning { return BucketLifecycle() }
        return LifecycleDocument.lifecycle(try Self.document(answer, LifecycleDocument.name))
    }

    package func replaceLifecycle(_ lifecycle: BucketLifecycle) async throws {
        var request = Self.withDocument(LifecycleDocument.document(lifecycle), S3Request(.put))
        request.query = [("lifecycle", "")]
        guard case .success = try await connection.send(request).meaning else {
            throw ObjectStoreError(.unavailable, "the bucket does not take lifecycle rules")
        }
    }
}
