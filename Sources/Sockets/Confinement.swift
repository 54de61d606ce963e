internal import CLinux
internal import Glibc

/// Gives up every right that recording does not need, before the first byte of a camera is read.
///
/// Without root or on an older kernel some layers are missing; `apply` returns those that hold, so
/// that the worker can show them. It must be called while the process has one thread: Landlock and
/// seccomp hold for the calling thread and those it starts.
package struct Confinement {
    /// The only folder that may be read and written; absolute.
    package let writableFolder: String
    /// User and group id to run as; nil for the owner of the folder. Used by root only.
    package let user: UInt32?
    /// Streams that the process will serve at most: sets the highest memory limit.
    package let streams: Int

    package init(writableFolder: String, user: UInt32?, streams: Int) {
        self.writableFolder = writableFolder
        self.user = user
        self.streams = streams
    }

    /// Applies every layer that the system has, in the order that each still may:
    /// 1. descriptors above standard error closed, environment emptied, crash handlers reset;
    /// 2. resource limits;
    /// 3. another user, when root;
    /// 4. no new privileges, no core dumps, no tracing;
    /// 5. Landlock: the spool folder, and what name resolution reads;
    /// 6. seccomp: no sockets but TCP and UDP over IP, no programs, no other processes.
    ///
    /// Returns names of layers for a log. Errors: `confinement` when the process has other threads
    /// already, or when root cannot become another user.
    package func apply() throws(SocketsError) -> [String] {
        guard ThreadCount.current == 1 else {
            throw SocketsError(
                .confinement,
                "the process has other threads, which would stay outside the confinement"
            )
        }
        cleanUp()
        ResourceLimits.apply(streams: streams)
        var layers: [String] = []
        if try changeUser() { layers.append("user") }
        if sparc_prctl(PR_SET_NO_NEW_PRIVS, 1) == 0 { layers.append("no-new-privileges") }
        if sparc_prctl(PR_SET_DUMPABLE, 0) == 0 { layers.append("not-dumpable") }
        if let version = try FileConfinement(writableFolder: writableFolder).apply() {
            layers.append("landlock-\(version)")
        }
        if SystemCallFilter.apply() { layers.append("seccomp") }
        return layers
    }

    /// Allows the memory for a number of streams: 64 MB and 8 MB for each. Beyond it an allocation
    /// fails, the process ends and its worker starts it again.
    package static func limitMemory(streams: Int) {
        ResourceLimits.limitMemory(streams: streams)
    }

    private func cleanUp() {
        _ = sparc_close_range(3, UInt32.max)
        clearenv()
        // The runtime's crash reporter starts a program, which is refused below: a crash must end
        // the process at once.
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT] {
            signal(number, SIG_DFL)
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// True if the process now is another user than root was.
    private func changeUser() throws(SocketsError) -> Bool {
        guard geteuid() == 0 else { return false }
        var status = stat()
        guard unsafe stat(writableFolder, &status) == 0 else {
            throw SocketsError(.confinement, "the spool folder \(writableFolder) cannot be read")
        }
        let owner = user ?? status.st_uid
        guard owner != 0 else { return false }
        let group = user ?? status.st_gid
        guard setgroups(0, nil) == 0, setregid(group, group) == 0,
            setreuid(owner, owner) == 0, geteuid() == owner, setuid(0) != 0
        else {
            throw SocketsError(.confinement, "the process cannot become user \(owner)")
        }
        return true
    }
}
