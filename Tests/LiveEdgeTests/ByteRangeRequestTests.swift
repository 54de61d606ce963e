import Domain
import Testing

@testable import LiveEdge

@Suite struct ByteRangeRequestTests {
    @Test(
        arguments: [
            (nil, .whole), ("bytes=0-9", .part(0..<10)), ("bytes=5-", .part(5..<100)),
            ("bytes=-10", .part(90..<100)), ("bytes=-1000", .part(0..<100)),
            ("bytes=99-99", .part(99..<100)), ("bytes=90-1000", .part(90..<100)),
            ("bytes=100-", .unsatisfiable), ("bytes=100-200", .unsatisfiable),
            ("bytes=-0", .unsatisfiable), ("bytes=9-5", .whole), ("bytes=0-1,5-6", .whole),
            ("bytes=", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole), ("items=0-1", .whole),
            ("bytes=0x1-5", .whole), ("bytes=+1-5", .whole),
            ("bytes=99999999999999999999-", .whole), ("bytes= 0-1", .whole),
        ] as [(String?, ByteRangeRequest)]
    )
    func `one range is read, everything else gives the whole`(
        header: String?,
        expected: ByteRangeRequest
    ) {
        #expect(ByteRangeRequest(header, length: 100) == expected)
    }

    @Test func `an empty resource satisfies no range`() {
        for header in ["bytes=0-", "bytes=-1", "bytes=0-0"] {
            #expect(ByteRangeRequest(header, length: 0) == .unsatisfiable)
        }
    }
}

@Suite struct LiveMediaPathTests {
    private let identity = ChunkIdentity(
        tenant: TenantID(),
        camera: CameraID(),
        stream: .sub,
        epoch: 3,
        sequence: 17
    )
    private let run = RunID()

    private func read(_ text: String) -> LiveMediaPath? {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 7 else { return nil }
        return LiveMediaPath(
            tenant: parts[2],
            camera: parts[3],
            stream: parts[4],
            chunk: parts[5],
            file: parts[6]
        )
    }

    @Test func `what is printed is read`() {
        let paths: [LiveMediaPath] = [
            .segment(identity, run, index: 0), .segment(identity, run, index: 12),
            .chunkInitialization(identity, run),
            .runInitialization(
                identity.tenant,
                identity.camera,
                .main,
                run,
                hash: "0123456789abcdef"
            ),
        ]
        for path in paths {
            #expect(read(path.text) == path)
        }
    }

    @Test func `other spellings are nothing`() {
        let good = LiveMediaPath.segment(identity, run, index: 5).text
        for (old, new) in [
            ("/5.m4s", "/05.m4s"), ("/5.m4s", "/-1.m4s"), ("/5.m4s", "/5.mp4"),
            ("/5.m4s", "/.m4s"), ("/5.m4s", "/99999999999.m4s"), ("-3-17/", "-3/"),
            ("-3-17/", "-3-17-1/"), ("-3-17/", "-03-17/"), ("-3-17/", "3-17/"), ("/sub/", "/all/"),
            ("-3-17/", "--3-17/"),
        ] {
            let parts = good.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
            #expect(read(parts.joined(separator: new)) == nil, "\(new)")
        }
    }
}
