internal import Domain

/// The state of the installation, as `/api/v1/health` tells it.
struct Health: Encodable, Sendable {
    struct Database: Encodable, Sendable {
        var status: String
    }
    struct Workers: Encodable, Sendable {
        var status: String
        var live: Int
        var known: Int
    }
    struct Streams: Encodable, Sendable {
        var active: Int
        var expected: Int
    }

    var status: String
    var database: Database
    var workers: Workers?
    var streams: Streams?
    var time: WallTime

    /// Whether the database did not answer.
    var isDown: Bool { workers == nil }
}
