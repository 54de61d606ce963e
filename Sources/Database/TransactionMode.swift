/// What a transaction may do.
package enum TransactionMode: Sendable, Hashable {
    case readWrite
    case readOnly

    var begin: String {
        switch self {
        case .readWrite: "BEGIN"
        case .readOnly: "BEGIN READ ONLY"
        }
    }
}
