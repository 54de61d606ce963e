internal import CLinux
internal import Glibc

/// The limits of a confined process (setrlimit(2)).
enum ResourceLimits {
    /// Bytes of a process without streams: code, the runtime, threads, the C library's reserve.
    static let memoryBase = 64 << 20
    /// Bytes for each stream.
    static let memoryPerStream = 8 << 20
    /// Descriptors: two files and a socket for each stream, and a reserve for reconnecting.
    static let descriptors = 64
    static let descriptorsPerStream = 5

    /// Free bytes at the heap's end that stay with the process: fragments and pictures come and go
    /// many times a second, for all cameras of a group at about the same time, and the pages for them
    /// cost more than what is written to them.
    static let heapKept = 64 << 20
    /// From this size a block is a mapping of its own; fragments are smaller as a rule.
    static let mappedBlock = 1 << 20

    static func apply(streams: Int) {
        sparc_keep_heap(Int32(heapKept), Int32(mappedBlock))
        set(RLIMIT_CORE, 0, 0)
        let files = descriptors + streams * descriptorsPerStream
        set(RLIMIT_NOFILE, files, files)
        let memory = memoryBase + streams * memoryPerStream
        set(RLIMIT_DATA, memoryBase, memory)
    }

    static func limitMemory(streams: Int) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else {
            return
        }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(memoryBase + streams * memoryPerStream))
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    }

    private static func set(_ resource: __rlimit_resource, _ soft: Int, _ hard: Int) {
        var limit = rlimit(rlim_cur: rlim_t(soft), rlim_max: rlim_t(hard))
        // A lower limit set from outside stands.
        _ = unsafe setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
}
