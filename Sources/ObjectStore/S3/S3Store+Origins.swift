import Transfer

extension S3Store: OriginStoring {
    private static let document = "CORSConfiguration"

    package func originRules() async throws -> [S3XML] {
        var request = S3Request(.get)
        request.query = [("cors", "")]
        // 100 rules at most.
        request.responseLimit = 1 << 20
        let answer = try await connection.send(request)
        // What a bucket without rules says.
        if case .notFound = answer.meaning { return [] }
        return try Self.document(answer, Self.document).children.filter { $0.name == "CORSRule" }
    }

    package func replaceOriginRules(_ rules: [S3XML]) async throws {
        let text = rules.map(\.encoded).joined()
        var request = Self.withDocument(
            "<\(Self.document) xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(text)"
                + "</\(Self.document)>",
            S3Request(.put)
        )
        request.query = [("cors", "")]
        guard case .success = try await connection.send(request).meaning else {
            throw ObjectStoreError(.unavailable, "the bucket does not take rules of origins")
        }
    }
}
