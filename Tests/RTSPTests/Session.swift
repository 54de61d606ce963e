import Domain

@testable import RTSP

/// A client and everything it said.
struct Session {
    static let start = MonotonicTime(nanoseconds: 1_000_000_000)

    var client: RTSPClient
    var events: [RTSPEvent] = []
    var sent = ""

    init(
        url: String = "rtsp://127.0.0.1:8554/cam?channel=1",
        credentials: CameraCredentials? = nil
    ) throws {
        client = RTSPClient(
            RTSPClient.Configuration(
                url: try CameraURL.parse(url).url,
                credentials: credentials,
                userAgent: "SPARC",
                nonceSeed: 7
            )
        )
        client.connected(at: Self.start)
        collect()
    }

    /// Feeds the bytes cut at these places.
    mutating func feed(_ bytes: [UInt8], cuts: [Int] = [], at now: MonotonicTime = start) {
        var begin = 0
        for end in cuts + [bytes.count] where end > begin {
            client.receive(bytes.span.extracting(begin..<end), at: now)
            collect()
            begin = end
        }
    }

    mutating func tick(after seconds: Int) {
        client.tick(at: Self.start + .seconds(seconds))
        collect()
    }

    mutating func close() {
        client.close()
        collect()
    }

    private mutating func collect() {
        while let event = client.nextEvent() { events.append(event) }
        sent += String(decoding: client.takeOutput(), as: UTF8.self)
    }

    /// The first words of all requests.
    var methods: [String] {
        sent.split(separator: "\r\n").compactMap {
            $0.hasSuffix(" RTSP/1.0") ? String($0.prefix { $0 != " " }) : nil
        }
    }

    var units: [MediaUnit] {
        events.compactMap { if case .unit(let unit) = $0 { unit } else { nil } }
    }

    var description: RTSPDescription? {
        events.lazy.compactMap { if case .playing(let text) = $0 { text } else { nil } }.first
    }

    var parameters: [VideoParameters] {
        events.compactMap { if case .parameters(let sets) = $0 { sets } else { nil } }
    }

    var failure: RTSPError? {
        if case .failed(let error)? = events.last { error } else { nil }
    }

    /// Packets reported lost on a track.
    func lost(_ track: TrackKind = .video) -> Int {
        events.reduce(0) {
            if case .loss(track, let packets) = $1 { $0 + packets } else { $0 }
        }
    }

    /// A session that has been fed a whole transcript at once.
    static func playing(_ transcript: Transcript) throws -> Session {
        var session = try Session()
        session.feed(transcript.bytes)
        return session
    }
}
