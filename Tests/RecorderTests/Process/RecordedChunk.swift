import Domain
import Foundation
import Spool

/// A chunk as a recorder left it.
struct RecordedChunk {
    let path: String
    let journal: ChunkJournal
    /// The bytes that the journal accounts for.
    let bytes: [UInt8]

    struct Failure: Error {
        let message: String
    }

    /// - Parameter base: Path without extension.
    init(_ base: String) throws {
        path = base + ".mp4"
        journal = ChunkJournal(
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: base + ".journal")))
        )
        let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        guard data.count >= journal.dataLength else {
            throw Failure(message: "the journal knows more bytes than \(path) has")
        }
        bytes = Array(data[..<journal.dataLength])
    }

    var sequence: Int64 { journal.header?.identity.sequence ?? -1 }
    var header: ChunkHeader? { journal.header }

    /// Picture numbers of the stamps, in file order.
    var pictures: [UInt64] {
        PictureStamp.all(in: bytes).map(\.picture)
    }

    /// What ffmpeg says to the bytes that the journal accounts for; empty is good.
    func complaints() throws -> String {
        let copy = "/tmp/sparc-chunk-\(UInt64.random(in: 0 ... .max)).mp4"
        try Data(bytes).write(to: URL(fileURLWithPath: copy))
        defer { try? FileManager.default.removeItem(atPath: copy) }
        return try Program.decodeStrictly(copy)
    }
}
