import CLinux
import Foundation

/// An ext4 file system of its own on a loop image, whose power can be cut: what was not made durable
/// is gone, as after a real cut (EXT4_IOC_SHUTDOWN without flushing the journal, then a new mount).
///
/// Needs root, `mkfs.ext4`, `mount` and a free loop device. `remove()` gives all back, also after a
/// failure; call it at the end in any case.
package final class PowerCutDisk: Sendable {
    /// What the machine did not do.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Whether this process may mount: without, power cuts cannot be tested.
    package static var isPossible: Bool {
        geteuid() == 0 && FileManager.default.fileExists(atPath: "/dev/loop-control")
    }

    /// Tries of unmounting, 50 ms apart.
    private static let unmountTries = 100

    /// Where the file system is mounted.
    package let folder: String
    private let image: String

    /// Makes and mounts a file system.
    /// - Parameter megabytes: Its size, 16 or more.
    package init(megabytes: Int) throws {
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("sparc-power-\(UUID().uuidString)").path
        folder = root + "/disk"
        image = root + "/image"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        do {
            try Self.run("/usr/bin/truncate", ["-s", "\(megabytes)M", image])
            try Self.run("/sbin/mkfs.ext4", ["-q", "-F", "-m", "0", image])
            try mount()
        } catch {
            remove()
            throw error
        }
    }

    /// Cuts the power: from now on every write and sync fails, and nothing more reaches the disk.
    package func cut() throws {
        guard let file = FileHandle(forReadingAtPath: folder) else {
            throw Failure(description: "\(folder) cannot be opened")
        }
        defer { try? file.close() }
        guard sparc_ext4_shutdown(file.fileDescriptor) == 0 else {
            throw Failure(description: "the file system cannot be shut down: errno \(errno)")
        }
    }

    /// Gives the power back: the file system is mounted anew and shows what was durable.
    package func restore() throws {
        try unmount()
        try mount()
    }

    /// Unmounts and deletes everything; afterwards the disk is of no use.
    package func remove() {
        try? unmount()
        try? FileManager.default.removeItem(atPath: (folder as NSString).deletingLastPathComponent)
    }

    /// A file that a thread still closes keeps the disk busy for a moment.
    private func unmount() throws {
        for _ in 0..<Self.unmountTries {
            if (try? Self.run("/bin/umount", [folder])) != nil { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        try Self.run("/bin/umount", [folder])
    }

    private func mount() throws {
        try Self.run("/bin/mount", ["-t", "ext4", "-o", "loop,errors=continue", image, folder])
    }

    private static func run(_ executable: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        let errors = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(
                description: "\(executable) \(arguments.joined(separator: " ")): "
                    + String(decoding: text, as: UTF8.self)
            )
        }
    }
}
