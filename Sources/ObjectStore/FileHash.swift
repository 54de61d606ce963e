import Crypto
package import Files

/// SHA-256 of files, read in pieces.
package enum FileHash {
    /// Bytes read at a time: what is read, checked and written again stays in a core's cache.
    static let pieceSize = 128 << 10

    /// 64 lower-case hex digits of a whole file, and its length.
    package static func sha256(of path: String) throws(FileError) -> (hex: String, length: Int) {
        let file = try FileDescriptor(path, .read)
        var hash = SHA256()
        var length = 0
        while true {
            let piece = try file.read(pieceSize, at: length)
            if piece.isEmpty { break }
            hash.update(data: piece)
            length += piece.count
        }
        return (hex(hash.finalize()), length)
    }

    static func hex(_ digest: SHA256.Digest) -> String {
        digest.map { HexByte.text($0) }.joined()
    }
}
