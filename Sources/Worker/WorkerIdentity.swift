import Domain
import Files

/// The worker's id: made once per data folder, so that a restart is the same worker.
enum WorkerIdentity {
    static func load(_ dataFolder: String) throws -> WorkerID {
        let path = dataFolder + "/worker.id"
        if let bytes = try FileSystem.content(of: path, limit: 64) {
            let text = String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }
            guard let id = WorkerID(String(text)) else {
                throw FileError(.damaged, "\(path) is not a worker's id; restore or remove it")
            }
            return id
        }
        let id = WorkerID()
        try FileSystem.replace(path, with: Array("\(id)\n".utf8))
        return id
    }
}
