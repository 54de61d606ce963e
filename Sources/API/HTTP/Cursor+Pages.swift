package import Catalog
internal import Domain
internal import Keys

/// Cursors of lists whose rows have a time and an id, and of the list of events. The first byte
/// says which, so that a cursor of one list is refused by another.
extension Cursor {
    private static let pageMark: UInt8 = 2
    private static let sequenceMark: UInt8 = 3
    private static let positionMark: UInt8 = 4

    /// The text of a cursor.
    package static func text(_ cursor: PageCursor) -> String {
        var writer = ByteWriter()
        writer.append([pageMark])
        writer.signed64(cursor.time.microseconds)
        writer.append(Array(cursor.id.utf8))
        return Base64.urlEncoded(writer.bytes)
    }

    /// Reads what `text` wrote of a time and an id.
    package static func parsePage(_ text: String) throws(Problem) -> PageCursor {
        guard text.utf8.count <= 128, let bytes = Base64.decoded(text), bytes.first == pageMark,
            bytes.count == 45
        else { throw wrongPage }
        var reader = ByteReader(bytes, at: 1)
        guard let time = reader.signed64(), let id = reader.take(36),
            AlertID(String(decoding: id, as: UTF8.self)) != nil
        else { throw wrongPage }
        return PageCursor(
            time: WallTime(microseconds: time),
            id: String(decoding: id, as: UTF8.self)
        )
    }

    /// The text of a place in the list of events.
    package static func text(sequence: Int64) -> String {
        var writer = ByteWriter()
        writer.append([sequenceMark])
        writer.signed64(sequence)
        return Base64.urlEncoded(writer.bytes)
    }

    /// Reads what `text(sequence:)` wrote.
    package static func parseSequence(_ text: String) throws(Problem) -> Int64 {
        guard text.utf8.count <= 128, let bytes = Base64.decoded(text),
            bytes.first == sequenceMark, bytes.count == 9
        else { throw wrongPage }
        var reader = ByteReader(bytes, at: 1)
        guard let sequence = reader.signed64(), sequence >= 0 else { throw wrongPage }
        return sequence
    }

    /// The text of a place in the audit log.
    package static func text(position: Int64) -> String {
        var writer = ByteWriter()
        writer.append([positionMark])
        writer.signed64(position)
        return Base64.urlEncoded(writer.bytes)
    }

    /// Reads what `text(position:)` wrote.
    package static func parsePosition(_ text: String) throws(Problem) -> Int64 {
        guard text.utf8.count <= 128, let bytes = Base64.decoded(text),
            bytes.first == positionMark, bytes.count == 9
        else { throw wrongPage }
        var reader = ByteReader(bytes, at: 1)
        guard let position = reader.signed64(), position > 0 else { throw wrongPage }
        return position
    }

    private static let wrongPage = Problem.invalid(
        "cursor",
        "is not a cursor of this list; take it from next, or leave it out",
        example: "cursor=AgAGK2…"
    )
}
