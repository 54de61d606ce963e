package import Domain
package import FoundationEssentials

/// What a column's binary form can be read as.
package protocol SQLDecodable: Sendable {
    /// Nil if the type or the length does not fit.
    /// - Parameters:
    ///   - bytes: The value in the form of PostgreSQL's `*_send` functions.
    ///   - type: Number of the column's type in `pg_type`.
    static func decode(_ bytes: ArraySlice<UInt8>, type: UInt32) -> Self?
}

extension Bool: SQLDecodable {
    package static func decode(_ bytes: ArraySlice<UInt8>, type: UInt32) -> Bool? {
        guard type == SQLType.bool.rawValue, bytes.count == 1 else { return nil }
        return bytes.first == 1
    }
}

extension Int64: SQLDecodable {
    package static func decode(_ bytes: ArraySlice<UInt8>, type: UInt32) -> Int64? {
        let value = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // int8, int4, int2 and oid.
        switch (type, bytes.count) {
        case (20, 8): return Int64(bitPattern: value)
        case (23, 4): return Int64(Int32(truncatingIfNeeded: value))
        case (21, 2): return Int64(Int16(truncatingIfNeeded: value))
        case (26, 4): return Int64(value)
        default: return nil
        }
    }
}

extension Int: SQLDecodable {
    package static func decode(_ bytes: ArraySlice<UInt8>, type: UInt32) -> Int? {
        Int64.decode(bytes, type: type).map { Int($0) }
    }
}

extension Double: SQLDecodable {
    package static func decode(_ bytes: ArraySlice<UInt8>, type: UInt32) -> Double? {
        let value = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch (type, bytes.count) {
        case (701, 8): return Double(bitPattern: value)
        case (700, 4): return Double(Float(bitPattern: UInt32(truncatingIfNeeded: value)))
        default: return nil
        }
    }
}

extension String: SQLDecodable {
    package static func decode(_ bytes: ArraySlice<UInt8>, type: UInt32) -> String? {
        // text, varchar, bpchar, name, "char", json and unknown are their own bytes.
        guard [25, 1043, 1042, 19, 18, 114, 705].contains(type) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension Array: SQLDecodable where Element: SQLArrayElement {
    package static func decode(_ bytes: ArraySlice<UInt8>, type: UInt32) -> [Element]? {
        Element.decodeArray(bytes, type: type)
    }
}

/// What an array that is read from a column may hold.
package protocol SQLArrayElement: Sendable {
    /// Nil if the type or the form does not fit.
    static func decodeArray(_ bytes: ArraySlice<UInt8>, type: UInt32) -> [Self]?
}

extension UInt8: SQLArrayElement {
    package static func decodeArray(_ bytes: ArraySlice<UInt8>, type: UInt32) -> [UInt8]? {
        type == SQLType.bytes.rawValue ? Array(bytes) : nil
    }
}

extension String: SQLArrayElement {
    package static func decodeArray(_ bytes: ArraySlice<UInt8>, type: UInt32) -> [String]? {
        // text[], varchar[], name[]: dimensions, has-nulls, element type, count, lower bound.
        guard [1009, 1015, 1003].contains(type) else { return nil }
        var reader = ByteReader(Array<UInt8>(bytes))
        guard let dimensions = reader.unsigned(4), reader.unsigned(4) != nil,
            let element = reader.unsigned(4)
        else { return nil }
        if dimensions == 0 { return [] }
        guard dimensions == 1, let count = reader.unsigned(4), reader.unsigned(4) != nil,
            count <= UInt64(reader.remaining) / 4
        else { return nil }
        var values: [String] = []
        for _ in 0..<count {
            guard let length = reader.unsigned(4), let raw = reader.take(Int(length)),
                let text = String.decode(raw[...], type: UInt32(truncatingIfNeeded: element))
            else { return nil }
            values.append(text)
        }
        return values
    }
}

extension UUID: SQLDecodable {
    package static func decode(_ bytes: ArraySlice<UInt8>, type: UInt32) -> UUID? {
        guard type == SQLType.uuid.rawValue, bytes.count == 16 else { return nil }
        let raw = Array<UInt8>(bytes)
        return UUID(
            uuid: (
                raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6], raw[7], raw[8], raw[9],
                raw[10], raw[11], raw[12], raw[13], raw[14], raw[15]
            )
        )
    }
}

extension Identifier: SQLDecodable {
    package static func decode(_ bytes: ArraySlice<UInt8>, type: UInt32) -> Self? {
        UUID.decode(bytes, type: type).map { Self($0) }
    }
}

extension WallTime: SQLDecodable {
    package static func decode(_ bytes: ArraySlice<UInt8>, type: UInt32) -> WallTime? {
        guard type == SQLType.time.rawValue, bytes.count == 8 else { return nil }
        let value = Int64(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        // Minus and plus infinity stay the smallest and the largest moment.
        let (sum, overflow) = value.addingReportingOverflow(SQLValue.epochOffset)
        return WallTime(microseconds: overflow || value == .min ? value : sum)
    }
}
