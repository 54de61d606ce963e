/// The types that are sent and read, by their fixed numbers in `pg_type`.
package enum SQLType: UInt32, Sendable, CaseIterable {
    case bool = 16
    case bytes = 17
    case int = 20
    case text = 25
    case double = 701
    case time = 1184
    case uuid = 2950

    var arrayType: UInt32 {
        switch self {
        case .bool: 1000
        case .bytes: 1001
        case .int: 1016
        case .text: 1009
        case .double: 1022
        case .time: 1185
        case .uuid: 2951
        }
    }
}
