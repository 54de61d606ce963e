package import Catalog
internal import Domain
internal import Keys

/// The place in a list where the next page begins, opaque to clients.
package enum Cursor {
    private static let version: UInt8 = 1

    /// The text of a cursor.
    package static func text(_ cursor: CameraCursor) -> String {
        var writer = ByteWriter()
        writer.append([version])
        writer.signed64(cursor.createdAt.microseconds)
        writer.append(Array(cursor.camera.description.utf8))
        return Base64.urlEncoded(writer.bytes)
    }

    /// Reads what `text` wrote.
    package static func parse(_ text: String) throws(Problem) -> CameraCursor {
        guard text.utf8.count <= 128, let bytes = Base64.decoded(text), bytes.first == version,
            bytes.count == 45
        else { throw wrong }
        var reader = ByteReader(bytes, at: 1)
        guard let time = reader.signed64(), let id = reader.take(36),
            let camera = CameraID(String(decoding: id, as: UTF8.self))
        else { throw wrong }
        return CameraCursor(createdAt: WallTime(microseconds: time), camera: camera)
    }

    private static let wrong = Problem.invalid(
        "cursor",
        "is not a cursor of this list; take it from next, or leave it out",
        example: "cursor=AQAGK2…"
    )
}
