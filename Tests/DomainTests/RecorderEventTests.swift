import Domain
import Testing

struct RecorderEventTests {
    private static let camera = CameraID()

    private static let events: [RecorderEvent] = [
        .ready(sandbox: "landlock,seccomp"),
        .alive,
        .journal(camera: camera, stream: .sub, epoch: 7, sequence: 4_321),
        .state(
            StreamStatus(
                camera: camera,
                stream: .main,
                state: .offline,
                since: WallTime(microseconds: 1_700_000_000_000_001),
                reasons: ["two\nlines", "ünïcode"],
                gap: .cameraOffline
            )
        ),
        .statistics(statistics(keyframe: WallTime(microseconds: 1_700_000_000_000_001))),
        .statistics(statistics(keyframe: nil)),
        .log(level: "info", message: "a \"quoted\"\nmessage", camera: nil),
    ]

    private static func statistics(keyframe: WallTime?) -> StreamStatistics {
        StreamStatistics(
            camera: camera,
            stream: .main,
            frameRate: 19.987_654_321,
            bitRate: 2_000_123,
            lastKeyframeAt: keyframe,
            reconnects: 3,
            packetsLost: 17
        )
    }

    @Test(arguments: events)
    func `a line says what the event says`(event: RecorderEvent) throws {
        let line = try #require(event.line)
        #expect(!line.contains(10))
        let read = try #require(RecorderEvent(line: String(decoding: line, as: UTF8.self)))
        #expect(read.line == line)
        switch (event, read) {
        case (.alive, .alive): break
        case (.ready(let left), .ready(let right)): #expect(left == right)
        case (.journal(let a, let b, let c, let d), .journal(let e, let f, let g, let h)):
            #expect(a == e && b == f && c == g && d == h)
        case (.state(let left), .state(let right)): #expect(left == right)
        case (.statistics(let left), .statistics(let right)): #expect(left == right)
        case (.log(let a, let b, let c), .log(let d, let e, let f)):
            #expect(a == d && b == e && c == f)
        default: Issue.record("\(event) was read as \(read)")
        }
    }

    @Test func `a line that is cut, longer or of other fields is no event`() throws {
        for event in Self.events {
            let whole = try #require(event.line)
            for count in whole.indices {
                let line = String(decoding: whole[..<count], as: UTF8.self)
                // A number that lost its last digits is a number.
                guard let read = RecorderEvent(line: line) else { continue }
                #expect(read.line == Array(whole[..<count]))
            }
            #expect(RecorderEvent(line: String(decoding: whole, as: UTF8.self) + " 1") == nil)
        }
        for line in [
            "", " ", "alive 1", "journal", "journal x main 1 2", "journal \(Self.camera) up 1 2",
            "journal \(Self.camera) main 1.5 2", "statistics \(Self.camera) main nan 1 - 0 0",
            "statistics \(Self.camera) main inf 1 - 0 0",
            "statistics \(Self.camera) main -1 1 - 0 0", "statistics \(Self.camera) main 1 1 x 0 0",
            "{}", "{\"alive\":1}",
        ] {
            #expect(RecorderEvent(line: line) == nil, "\(line)")
        }
    }
}
