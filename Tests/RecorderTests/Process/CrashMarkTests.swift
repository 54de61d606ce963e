import Domain
import Files
import Foundation
import TestSupport
import Testing

@testable import Recorder

/// What a recorder leaves behind of the stream it worked on.
@Suite(.serialized) struct CrashMarkTests {
    @Test func `words are seen by whoever opens the memory, which no one can cut`() throws {
        let words = try SharedWords(name: "test")
        let other = try SharedWords(path: words.path)
        #expect(words.load(at: 3) == 0)
        words.store(.max, at: 3)
        other.store(7, at: 0)
        #expect(other.load(at: 3) == .max && words.load(at: 0) == 7)
        // Outside: nothing happens.
        words.store(1, at: -1)
        words.store(1, at: SharedWords.count)
        #expect(words.load(at: -1) == 0 && words.load(at: SharedWords.count) == 0)
        let file = try #require(FileHandle(forUpdatingAtPath: words.path))
        #expect(throws: (any Error).self) { try file.truncate(atOffset: 0) }
        #expect(throws: FileError.self) { try SharedWords(path: "/proc/self/cmdline") }
        #expect(throws: FileError.self) { try SharedWords(path: "/nowhere") }
    }

    @Test func `marks tell streams apart and are never nothing`() {
        let camera = CameraID()
        let values = [camera, CameraID()].flatMap { camera in
            StreamRole.allCases.map { RecorderMark.value(camera, $0) }
        }
        #expect(Set(values).count == 4 && !values.contains(0))
        #expect(values[0] == RecorderMark.value(camera, .main))
    }

    @Test func `work on a stream is marked by thread, also within the work on another`() throws {
        let words = try SharedWords(name: "test")
        let mark = CrashMark(words)
        let keys = [StreamRole.main, .sub].map { StreamKey(camera: CameraID(), stream: $0) }
        let values = keys.map { RecorderMark.value($0.camera, $0.stream) }
        let before = mark.stream(keys[0]).enter()
        let within = mark.stream(keys[1]).enter()
        let disk = mark.stream(keys[0]).enter(.disk)
        #expect(words.load(at: RecorderMark.Word.input.rawValue) == values[1])
        #expect(words.load(at: RecorderMark.Word.disk.rawValue) == values[0])
        mark.stream(keys[1]).leave(within)
        #expect(words.load(at: RecorderMark.Word.input.rawValue) == values[0])
        mark.stream(keys[0]).leave(before)
        mark.stream(keys[0]).leave(disk, .disk)
        for word in [RecorderMark.Word.input, .disk] { #expect(words.load(at: word.rawValue) == 0) }
    }

    @Test func `after a crash the mark names the stream it came of`() async throws {
        try await Farm.run(count: 2) { farm, url in
            let words = try SharedWords(name: "sparc-recorder-mark")
            let run = try RecorderRun(mark: words.path)
            defer { run.removeSpool() }
            words.store(UInt64(run.processID), at: RecorderMark.Word.process.rawValue)
            let cameras = [CameraID(), CameraID()]
            for (index, camera) in cameras.enumerated() {
                try run.start(camera, url("cam\(index)"))
            }
            for camera in cameras {
                #expect(try await run.reaches(.live, camera))
            }
            // At rest it names nobody, at work one of the two.
            let values = Set(cameras.map { RecorderMark.value($0, .main) })
            var seen: [RecorderMark.Word: Set<UInt64>] = [:]
            let deadline = ContinuousClock.now + .seconds(15)
            while ContinuousClock.now < deadline, seen[.input] != values.union([0]) {
                for word in [RecorderMark.Word.input, .disk] {
                    seen[word, default: []].insert(words.load(at: word.rawValue))
                }
            }
            #expect(seen[.input] == values.union([0]))
            #expect(seen[.disk]?.isSubset(of: values.union([0])) == true)
            let crashed = try RecorderCrash.crash(cameras[1], .main, marks: [words])
            #expect(crashed == run.processID)
            #expect(try await run.endSignal() == SIGSEGV)
            let left = words.load(at: RecorderMark.Word.input.rawValue)
            #expect(left == RecorderMark.value(cameras[1], .main))
        }
    }

    @Test func `without the memory it records and says so`() async throws {
        try await Farm.run(count: 1) { farm, url in
            let run = try RecorderRun(mark: "/proc/self/fd/9999")
            defer { run.removeSpool() }
            let camera = CameraID()
            try run.start(camera, url("cam0"))
            #expect(try await run.reaches(.live, camera))
            #expect(run.output.contains { $0.contains("could not be traced to a camera") })
            #expect(try await run.end() == 0)
        }
    }
}
