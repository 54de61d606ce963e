import Foundation

/// Files of /proc as text.
enum ProcFile {
    /// Empty for a file that is gone.
    static func text(_ path: String) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? handle.close() }
        return String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    }

    /// The number behind `NAME:` in a file of such lines.
    static func value(_ name: String, in path: String) -> Double? {
        value(name, of: text(path))
    }

    static func value(_ name: String, of text: String) -> Double? {
        for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
            return line.dropFirst(name.count + 1).split(separator: " ").first
                .flatMap { Double($0) }
        }
        return nil
    }

    /// User and system seconds in the text of /proc/PID/stat, children that ended included.
    static func cpuSeconds(stat: String, ticksPerSecond: Double) -> Double? {
        guard let close = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        // utime, stime, cutime, cstime are fields 14 to 17 of proc(5); the state is the third.
        guard fields.count > 14 else { return nil }
        let ticks = fields[11...14].compactMap { Double($0) }
        return ticks.count == 4 ? ticks.reduce(0, +) / ticksPerSecond : nil
    }

    /// Seconds that all cores were busy since boot, from the text of /proc/stat.
    static func busySeconds(_ text: String, ticksPerSecond: Double) -> Double {
        let line = text.split(separator: "\n").first ?? ""
        let fields = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard fields.count >= 8 else { return 0 }
        // Without idle and iowait, and without the guests, who are counted in user already.
        return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7])
            / ticksPerSecond
    }
}
