import Database

extension CatalogError {
    /// Our own, of no class of PostgreSQL's: a condition of the change does not hold.
    static let changedState = "SP412"
    /// How the constraints end by which a row keeps the data key of its sealed value.
    static let dataKeySuffix = "_data_key"

    /// What a failure of the database means for the caller (PostgreSQL's appendix A).
    init(_ error: DatabaseError) {
        switch error.code {
        case .connection, .closed: self.init(.unavailable, error.message)
        case .exhausted: self.init(.timeout, error.message)
        case .crowded: self.init(.crowded, error.message)
        case .settings: self.init(.invalid, error.message)
        case .decoding: self.init(.damaged, error.message)
        case .migration: self.init(.internal, error.message)
        case .server: self.init(sqlState: error.sqlState ?? "", error)
        }
    }

    private init(sqlState: String, _ error: DatabaseError) {
        let constraint = error.constraint
        switch sqlState {
        case "23505":
            self.init(.conflict, "it exists already", constraint: constraint)
        case "23503" where constraint?.hasSuffix(Self.dataKeySuffix) ?? false:
            self.init(
                .unavailable,
                "the organisation's data key was replaced at this moment; try again",
                constraint: constraint
            )
        case "23503":
            self.init(.notFound, "what it belongs to does not exist", constraint: constraint)
        case "23502", "23514":
            self.init(.invalid, "a value is outside its limits", constraint: constraint)
        case Self.changedState: self.init(.changed, "it was changed meanwhile")
        // Row security and missing grants.
        case "42501": self.init(.forbidden, "the database does not allow it")
        // A statement or a lock took longer than its limit.
        case "57014", "55P03": self.init(.timeout, error.message)
        default:
            if sqlState.hasPrefix("22") {
                self.init(.invalid, error.message)
            } else if error.isRetryable {
                self.init(.unavailable, error.message)
            } else {
                self.init(.internal, "\(sqlState): \(error.message)")
            }
        }
    }
}

/// Runs `body` and gives its failure the catalogue's meaning.
func catalogErrors<Value>(
    _ body: () async throws(DatabaseError) -> Value
) async throws(CatalogError) -> Value {
    do throws(DatabaseError) {
        return try await body()
    } catch {
        throw CatalogError(error)
    }
}
