internal import CLinux
internal import Glibc

/// Landlock: which files the process may still open (Documentation/userspace-api/landlock).
struct FileConfinement {
    /// The one folder for everything.
    let writableFolder: String

    /// What getaddrinfo(3) reads; not /etc/passwd. Paths that a system lacks are left out.
    static let readable = [
        "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
        "/etc/host.conf", "/run/systemd/resolve/resolv.conf",
        "/run/systemd/resolve/stub-resolv.conf", "/etc/ld.so.cache",
    ]
    /// Modules that getaddrinfo(3) may load, as it finds them.
    static let modules = ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"]
    static let moduleFolders = [
        "/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib",
    ]

    /// O_PATH, which glibc declares for _GNU_SOURCE only; the same on all architectures in use.
    private static let pathOnly: Int32 = 0o10_000_000
    private static let executeFile: UInt64 = 1 << 0
    private static let readFile: UInt64 = 1 << 2
    /// Execute, write, read, read a folder, remove and make things of all kinds, link, truncate,
    /// device commands: versions 1, 2, 3 and 5.
    private static let version1: UInt64 = (1 << 13) - 1
    private static let version2: UInt64 = 1 << 13
    private static let version3: UInt64 = 1 << 14
    private static let version5: UInt64 = 1 << 15

    /// Enforces the rules; returns the version of Landlock that holds, nil where the kernel has
    /// none. No-new-privileges must be set. Errors: `confinement` when the folder is not there.
    func apply() throws(SocketsError) -> Int? {
        let version = Int(sparc_landlock_version())
        guard version >= 1 else { return nil }
        var handled = Self.version1
        if version >= 2 { handled |= Self.version2 }
        if version >= 3 { handled |= Self.version3 }
        if version >= 5 { handled |= Self.version5 }
        // Bit 0: no TCP port may be bound. Connecting is what recorders do; the address policy
        // decides where to.
        let network: UInt64 = version >= 4 ? 1 : 0
        // Abstract unix sockets of others and signals to others.
        let scopes: UInt64 = version >= 6 ? 3 : 0
        let size = version >= 6 ? 24 : version >= 4 ? 16 : 8
        let rules = sparc_landlock_create(handled, network, scopes, size)
        guard rules >= 0 else { return nil }
        defer { close(rules) }
        // All but execution, devices and sockets.
        let owned =
            handled & ~Self.executeFile & ~Self.version5 & ~(1 << 6) & ~(1 << 9)
            & ~(1 << 10) & ~(1 << 11)
        guard allow(writableFolder, owned, rules) else {
            throw SocketsError(.confinement, "the spool folder \(writableFolder) cannot be opened")
        }
        for path in Self.readable { _ = allow(path, Self.readFile, rules) }
        for folder in Self.moduleFolders {
            for module in Self.modules { _ = allow("\(folder)/\(module)", Self.readFile, rules) }
        }
        guard sparc_landlock_enforce(rules) == 0 else { return nil }
        return version
    }

    private func allow(_ path: String, _ access: UInt64, _ rules: Int32) -> Bool {
        let descriptor = unsafe open(path, Self.pathOnly | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return sparc_landlock_allow(rules, descriptor, access) == 0
    }
}
