internal import Glibc

/// How many threads this process has.
enum ThreadCount {
    /// Counted in `/proc/self/task`; 1 where there is no such folder, so that a system without
    /// `/proc` can still record.
    static var current: Int {
        guard let folder = unsafe opendir("/proc/self/task") else { return 1 }
        defer { unsafe closedir(folder) }
        var count = 0
        while let entry = unsafe readdir(folder) {
            // Task numbers; not "." and "..".
            if unsafe entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return max(1, count)
    }
}
