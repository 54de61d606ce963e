package import Domain
package import FoundationEssentials

/// A value that a statement gets beside its text, never inside it. Each case has one type also
/// when it is null, so that a statement prepared with a null takes a value later.
package enum SQLValue: Sendable {
    case bool(Bool?)
    /// `bigint`.
    case int(Int64?)
    /// `double precision`.
    case double(Double?)
    case text(String?)
    /// `bytea`.
    case bytes([UInt8]?)
    case uuid(UUID?)
    /// `timestamptz`.
    case time(WallTime?)
    /// An array of one dimension; every element has the given type.
    case array([SQLValue], of: SQLType)

    package static func id<Subject>(_ id: Identifier<Subject>?) -> SQLValue {
        .uuid(id?.uuid)
    }

    package static func int(_ value: Int) -> SQLValue {
        .int(Int64(value))
    }

    var type: UInt32 {
        switch self {
        case .bool: SQLType.bool.rawValue
        case .int: SQLType.int.rawValue
        case .double: SQLType.double.rawValue
        case .text: SQLType.text.rawValue
        case .bytes: SQLType.bytes.rawValue
        case .uuid: SQLType.uuid.rawValue
        case .time: SQLType.time.rawValue
        case .array(_, let element): element.arrayType
        }
    }

    /// The binary form (PostgreSQL's `*_recv` functions), or nil for null.
    var encoded: [UInt8]? {
        switch self {
        case .bool(let value): return value.map { [$0 ? 1 : 0] }
        case .int(let value): return value.map { Self.bytes(UInt64(bitPattern: $0), 8) }
        case .double(let value): return value.map { Self.bytes($0.bitPattern, 8) }
        case .text(let value): return value.map { Array($0.utf8) }
        case .bytes(let value): return value
        case .uuid(let value):
            return value.map { id in
                let raw = id.uuid
                return [
                    raw.0, raw.1, raw.2, raw.3, raw.4, raw.5, raw.6, raw.7, raw.8, raw.9, raw.10,
                    raw.11, raw.12, raw.13, raw.14, raw.15,
                ]
            }
        case .time(let value): return value.map(Self.encode)
        case .array(let elements, let type): return Self.encode(elements, type)
        }
    }

    /// Times of a timestamptz count from 2000-01-01. What lies outside its range is cut to the
    /// first or last day that every reader of the table can print.
    private static func encode(_ time: WallTime) -> [UInt8] {
        let clamped = min(max(time.microseconds, firstMoment), lastMoment)
        return bytes(UInt64(bitPattern: clamped - epochOffset), 8)
    }

    private static func encode(_ elements: [SQLValue], _ type: SQLType) -> [UInt8] {
        var writer = ByteWriter()
        writer.unsigned(elements.isEmpty ? 0 : 1, 4)
        writer.unsigned(1, 4)
        writer.unsigned(UInt64(type.rawValue), 4)
        if elements.isEmpty { return writer.bytes }
        writer.unsigned(UInt64(elements.count), 4)
        writer.unsigned(1, 4)
        for element in elements {
            guard let bytes = element.encoded else {
                writer.unsigned(0xffff_ffff, 4)
                continue
            }
            writer.unsigned(UInt64(bytes.count), 4)
            writer.append(bytes)
        }
        return writer.bytes
    }

    private static func bytes(_ value: UInt64, _ width: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.unsigned(value, width)
        return writer.bytes
    }

    /// Microseconds from 1970-01-01 to 2000-01-01.
    static let epochOffset: Int64 = 946_684_800_000_000
    /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z.
    private static let firstMoment: Int64 = -62_135_596_800_000_000
    private static let lastMoment: Int64 = 253_402_300_799_999_999
}
