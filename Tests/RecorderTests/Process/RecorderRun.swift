import Domain
import Foundation
import Spool
import Synchronization

/// A real recorder process with a spool of its own.
final class RecorderRun: Sendable {
    static let tenant = TenantID()

    let spool: String
    let processID: Int32
    private let process: Mutex<Process>
    private let input: FileHandle
    private let events = Mutex<[RecorderEvent]>([])
    private let rest = Mutex<[UInt8]>([])

    /// Starts it; `first` is its first line, by default a configuration.
    /// - Parameter mark: Path of the memory for its mark.
    init(
        chunkSeconds: Int = 4,
        first: [UInt8]? = nil,
        spool: String? = nil,
        mark: String? = nil
    ) throws {
        self.spool = spool ?? "/tmp/sparc-spool-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: self.spool,
            withIntermediateDirectories: true
        )
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.executable)
        process.arguments = ["recorder"]
        process.environment = [:]
        let inputPipe = Pipe()
        let outputPipe = Pipe()
        process.standardInput = inputPipe
        process.standardOutput = outputPipe
        input = inputPipe.fileHandleForWriting
        try process.run()
        processID = process.processIdentifier
        self.process = Mutex(process)
        let output = outputPipe.fileHandleForReading
        Thread { [weak self] in
            while case let data = output.availableData, !data.isEmpty {
                self?.take(data)
            }
        }.start()
        if let first {
            try write(first)
        } else {
            try send(
                .configure(
                    RecorderConfiguration(
                        spool: self.spool,
                        cameraNetworks: ["127.0.0.0/8"],
                        chunkSeconds: chunkSeconds,
                        mark: mark
                    )
                )
            )
        }
    }

    /// The program under test, as the package builds it.
    static var executable: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path + "/.build/debug/sparc"
    }

    static var fixtures: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path + "/Fixtures"
    }

    func send(_ command: RecorderCommand) throws {
        try write([UInt8](JSONEncoder().encode(command)))
    }

    func start(
        _ camera: CameraID,
        _ url: String,
        credentials: CameraCredentials? = nil,
        recordedUntil: WallTime? = nil
    ) throws {
        try send(
            .start(
                RecorderAssignment(
                    tenant: Self.tenant,
                    camera: camera,
                    stream: .main,
                    url: url,
                    credentials: credentials,
                    epoch: 1,
                    nextSequence: 1,
                    recordedUntil: recordedUntil,
                    interruption: recordedUntil.map { _ in .recorderCrash }
                )
            )
        )
    }

    private func write(_ line: [UInt8]) throws {
        try input.write(contentsOf: Data(line + [10]))
    }

    private func take(_ data: Data) {
        rest.withLock { rest in
            rest += data
            while let end = rest.firstIndex(of: 10) {
                let line = Data(rest[..<end])
                rest.removeSubrange(...end)
                if let event = RecorderEvent(line: String(decoding: line, as: UTF8.self)) {
                    events.withLock { $0.append(event) }
                }
                lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
        }
    }

    private let lines = Mutex<[String]>([])

    /// Everything it printed.
    var output: [String] {
        lines.withLock { $0 }
    }

    /// All states of a camera so far, in order.
    func states(_ camera: CameraID) -> [StreamStatus] {
        events.withLock { events in
            events.compactMap { event in
                if case .state(let status) = event, status.camera == camera { status } else { nil }
            }
        }
    }

    /// Waits until a camera was in a state.
    func wait(
        for camera: CameraID,
        _ isRight: (StreamStatus) -> Bool,
        seconds: Int = 15
    ) async throws -> StreamStatus? {
        for _ in 0..<(seconds * 20) {
            if let found = states(camera).first(where: isRight) { return found }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }

    /// Whether a camera comes into a state within 15 s. For `#expect`, which in nested closures does
    /// not always call the closure that it is given (Swift 6.3.1).
    func reaches(_ state: CameraState, _ camera: CameraID) async throws -> Bool {
        try await wait(for: camera) { $0.state == state } != nil
    }

    /// Ends its input and waits; nil if it does not end within two seconds.
    func end() async throws -> Int32? {
        try input.close()
        for _ in 0..<40 {
            if !process.withLock({ $0.isRunning }) {
                return process.withLock { $0.terminationStatus }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        kill(processID, SIGKILL)
        return nil
    }

    func killNow() async throws {
        kill(processID, SIGKILL)
        while process.withLock({ $0.isRunning }) { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Waits for its end by a signal and gives that; nil if it ends otherwise or not within 5 s.
    func endSignal() async throws -> Int32? {
        for _ in 0..<500 {
            if !process.withLock({ $0.isRunning }) {
                return process.withLock {
                    $0.terminationReason == .uncaughtSignal ? $0.terminationStatus : nil
                }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }

    func removeSpool() {
        try? FileManager.default.removeItem(atPath: spool)
    }

    /// The chunks of a camera in order, as their journals have them.
    func chunks(_ camera: CameraID) throws -> [RecordedChunk] {
        let folder = SpoolLayout(root: spool).folder(camera, .main)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try names.filter { $0.hasSuffix(".journal") }
            .map { try RecordedChunk(folder + "/" + $0.dropLast(8)) }
            .sorted { $0.sequence < $1.sequence }
    }
}
