/// The rows of one answer, copied out of libpq's memory into one buffer.
package struct RowSet: Sendable, RandomAccessCollection {
    private let storage: Storage

    fileprivate final class Storage: Sendable {
        let bytes: [UInt8]
        /// Per cell, row by row: first byte and length; a length of -1 is null.
        let cells: [(offset: Int, length: Int)]
        let types: [UInt32]
        let count: Int
        let affected: Int

        init(
            bytes: [UInt8],
            cells: [(offset: Int, length: Int)],
            types: [UInt32],
            count: Int,
            affected: Int
        ) {
            self.bytes = bytes
            self.cells = cells
            self.types = types
            self.count = count
            self.affected = affected
        }
    }

    init(
        bytes: [UInt8],
        cells: [(offset: Int, length: Int)],
        types: [UInt32],
        count: Int,
        affected: Int
    ) {
        storage = Storage(
            bytes: bytes,
            cells: cells,
            types: types,
            count: count,
            affected: affected
        )
    }

    package var startIndex: Int { 0 }

    package var endIndex: Int { storage.count }

    /// Rows inserted, changed or deleted; for a query the rows of the answer.
    package var affected: Int { storage.affected }

    package subscript(position: Int) -> Row {
        Row(storage: storage, index: position)
    }

    /// Every row through `body`, in order.
    package func decode<Value>(
        _ body: (inout RowReader) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for row in self {
            var reader = row.reader
            values.append(try body(&reader))
        }
        return values
    }

    /// The first row through `body`; nil if there is none.
    package func decodeFirst<Value>(
        _ body: (inout RowReader) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value? {
        guard var reader = first?.reader else { return nil }
        return try body(&reader)
    }

    /// One row of an answer.
    package struct Row: Sendable {
        fileprivate let storage: Storage
        fileprivate let index: Int

        /// Reads the columns from left to right.
        package var reader: RowReader { RowReader(row: self) }

        /// Nil for null; an error for another type or for a column that is not there.
        package func optional<Value: SQLDecodable>(
            _ column: Int,
            as: Value.Type = Value.self
        ) throws(DatabaseError) -> Value? {
            guard column >= 0, column < storage.types.count else {
                throw DatabaseError(.decoding, "the answer has no column \(column)")
            }
            let cell = storage.cells[index * storage.types.count + column]
            guard cell.length >= 0 else { return nil }
            let bytes = storage.bytes[cell.offset..<(cell.offset + cell.length)]
            guard let value = Value.decode(bytes, type: storage.types[column]) else {
                throw DatabaseError(
                    .decoding,
                    "column \(column) of type \(storage.types[column]) is not read as \(Value.self)"
                )
            }
            return value
        }

        package func value<Value: SQLDecodable>(
            _ column: Int,
            as: Value.Type = Value.self
        ) throws(DatabaseError) -> Value {
            guard let value = try optional(column, as: Value.self) else {
                throw DatabaseError(.decoding, "column \(column) is null")
            }
            return value
        }
    }
}

/// Reads the columns of a row from left to right.
package struct RowReader: Sendable {
    private let row: RowSet.Row
    private var column = 0

    init(row: RowSet.Row) {
        self.row = row
    }

    package mutating func next<Value: SQLDecodable>(
        _ type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        defer { column += 1 }
        return try row.value(column)
    }

    package mutating func nextOptional<Value: SQLDecodable>(
        _ type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value? {
        defer { column += 1 }
        return try row.optional(column)
    }

    /// A word of a closed list.
    package mutating func nextWord<Word: RawRepresentable>(
        _ type: Word.Type = Word.self
    ) throws(DatabaseError) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: try next(String.self)) else {
            throw DatabaseError(
                .decoding,
                "column \(column - 1) has a word that \(Word.self) does not"
            )
        }
        return word
    }
}
