internal import CLinux
internal import Glibc

/// Tries from inside a confinement what it must refuse: the self-check behind the sandbox's tests.
package enum ConfinementProbe {
    /// What came of one attempt.
    package struct Finding: Sendable, Hashable {
        package let attempt: String
        package let isRefused: Bool
        /// The errno; 0 when the attempt succeeded.
        package let number: Int32
    }

    /// Opens each file for reading, connects to each unix socket, and tries to start a program, to
    /// write outside the spool and to make sockets that no recorder needs.
    package static func run(files: [String], unixSockets: [String]) -> [Finding] {
        var findings: [Finding] = []
        for path in files {
            findings.append(finding("open \(path)", unsafe open(path, O_RDONLY | O_CLOEXEC)))
        }
        for path in unixSockets {
            findings.append(finding("connect \(path)", connectUnix(path)))
        }
        findings.append(finding("write /tmp", unsafe open("/tmp/probe", O_WRONLY | O_CREAT, 0o600)))
        let stream = Int32(SOCK_STREAM.rawValue)
        findings.append(finding("unix socket", socket(AF_UNIX, stream, 0)))
        findings.append(finding("raw socket", socket(AF_INET, Int32(SOCK_RAW.rawValue), 0)))
        findings.append(finding("netlink socket", socket(AF_NETLINK, stream, 0)))
        findings.append(finding("start a program", start("/bin/true")))
        return findings
    }

    /// TCP over IP must still work.
    package static func canMakeTCPSockets() -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }

    /// Makes a file in the folder and removes it.
    package static func canWrite(to folder: String) -> Bool {
        let path = folder + "/probe"
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return unsafe unlink(path) == 0
    }

    private static func finding(_ attempt: String, _ result: Int32) -> Finding {
        let number = errno
        if result >= 0 { close(result) }
        return Finding(
            attempt: attempt,
            isRefused: result < 0,
            number: result < 0 ? number : 0
        )
    }

    private static func connectUnix(_ path: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return -1 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
            unsafe target.copyBytes(from: Array(path.utf8.prefix(target.count - 1)))
        }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let number = errno
            close(descriptor)
            errno = number
            return -1
        }
        return descriptor
    }

    private static func start(_ program: String) -> Int32 {
        var identifier = pid_t()
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        let result = unsafe posix_spawn(&identifier, program, nil, nil, &arguments, nil)
        guard result == 0 else {
            errno = result
            return -1
        }
        var status: Int32 = 0
        unsafe waitpid(identifier, &status, 0)
        // A descriptor of no harm stands for success.
        return unsafe open("/etc/hosts", O_RDONLY)
    }
}
