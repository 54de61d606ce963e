import Domain
import Foundation
import Playlist
import TestSupport
import Testing
import Transfer

/// Watches an installation from outside, whatever happens to it: no name may ever stand for two
/// contents. Names are the store's keys, the spool's chunk files, the live segments' paths and the
/// live lists' media sequence numbers.
actor NameAudit {
    private let installation: SparcInstallation
    private let viewer: Viewer
    private var files: [String: Data] = [:]
    private var segments: [String: [UInt8]] = [:]
    private var numbers: [String: String] = [:]
    private var lists: [String: String] = [:]
    /// When each live list got its last segment; nothing while it could not be read.
    private var grew: [String: ContinuousClock.Instant] = [:]
    /// What is wrong; each text names the two contents.
    private(set) var violations: [String] = []

    init(_ installation: SparcInstallation, _ viewer: Viewer) {
        self.installation = installation
        self.viewer = viewer
    }

    var summary: String {
        "\(files.count) files, \(segments.count) live segments, \(numbers.count) sequence numbers"
    }

    /// Whether there was something to compare at all.
    var hasSeenEachKind: Bool {
        !files.isEmpty && !segments.isEmpty && !numbers.isEmpty
    }

    /// Looks until the task is cancelled; a server that is down is no finding.
    func watch(_ cameras: [Viewer.Camera]) async {
        while !Task.isCancelled {
            lookAtFiles()
            for camera in cameras { await lookAtLive(camera) }
            try? await Task.sleep(for: .milliseconds(700))
        }
    }

    private func lookAtFiles() {
        for part in ["store", "spool"] {
            let root = installation.folder + "/" + part
            guard let names = FileManager.default.enumerator(atPath: root) else { continue }
            while let name = names.nextObject() as? String {
                // What is being put has a name of its own until it is whole.
                guard name.hasSuffix(".mp4"),
                    let bytes = FileManager.default.contents(atPath: root + "/" + name)
                else { continue }
                compare(part + "/" + name, bytes, mayGrow: part == "spool")
            }
        }
    }

    /// A spool file grows until it is closed, and recovery may cut it; what stays must be the same.
    private func compare(_ name: String, _ bytes: Data, mayGrow: Bool) {
        defer { files[name] = bytes }
        guard let known = files[name] else { return }
        let length = min(known.count, bytes.count)
        guard known.prefix(length) == bytes.prefix(length),
            mayGrow || known.count == bytes.count
        else {
            violations.append("\(name): \(known.count) bytes, then others (\(bytes.count))")
            return
        }
    }

    private func lookAtLive(_ camera: Viewer.Camera) async {
        guard let list = try? await viewer.livePlaylist(camera.id) else {
            grew[camera.id] = nil
            return
        }
        let now = ContinuousClock.now
        for violation in PlaylistRules.check(list) {
            violations.append("live of \(camera.name): \(violation)")
        }
        if let before = lists[camera.id] {
            let elapsed = grew[camera.id].map { now - $0 }
            for violation in PlaylistRules.checkUpdate(from: before, to: list, elapsed: elapsed) {
                violations.append("live of \(camera.name), update: \(violation)")
            }
        }
        if lists[camera.id] != list || grew[camera.id] == nil { grew[camera.id] = now }
        lists[camera.id] = list
        guard let first = Self.firstNumber(list) else { return }
        for (index, entry) in PlaylistEntry.all(in: list).enumerated() {
            let path = String(entry.uri.prefix { $0 != "?" })
            let number = "\(camera.id) \(first + index)"
            let content = "\(path) \(String(describing: entry.range)) \(entry.duration)"
            if let known = numbers[number], known != content {
                violations.append("number \(number): \(known), then \(content)")
            }
            numbers[number] = content
            guard !entry.isGap, segments[path] == nil || index == 0 else { continue }
            await lookAtSegment(entry, path)
        }
    }

    private func lookAtSegment(_ entry: PlaylistEntry, _ path: String) async {
        guard let bytes = try? await viewer.fetch(entry.uri, entry.range) else { return }
        if let known = segments[path], known != bytes {
            violations.append("\(path): \(known.count) bytes, then others (\(bytes.count))")
        }
        segments[path] = bytes
        if !Self.isWhole(bytes) { violations.append("\(path) is torn: \(bytes.count) bytes") }
    }

    private static func firstNumber(_ list: String) -> Int? {
        list.split(separator: "\n").first { $0.hasPrefix("#EXT-X-MEDIA-SEQUENCE:") }
            .flatMap { Int($0.dropFirst("#EXT-X-MEDIA-SEQUENCE:".count)) }
    }

    /// Boxes from the first byte to the last (ISO/IEC 14496-12 4.2), as many `mdat` as `moof`.
    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        var kinds: [String: Int] = [:]
        while offset + 8 <= bytes.count {
            let length = bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
            let kind = String(decoding: bytes[(offset + 4)..<(offset + 8)], as: UTF8.self)
            guard length >= 8, offset + length <= bytes.count else { return false }
            kinds[kind, default: 0] += 1
            offset += length
        }
        return offset == bytes.count && kinds["moof"] == kinds["mdat"] && kinds["moof"] != nil
    }
}
