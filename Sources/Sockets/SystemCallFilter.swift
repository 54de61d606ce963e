internal import CLinux
internal import Glibc

/// Seccomp: which system calls the process may still make (seccomp(2)).
///
/// A list of what is refused, not of what is allowed: the C library and the Swift runtime change
/// the calls they make from version to version, and a recorder must not die of an update. Refused
/// are new programs and processes, every socket but TCP and UDP over IP, and the calls through
/// which a broken process reaches others or the kernel's less used parts.
enum SystemCallFilter {
    private static let load = UInt16(BPF_LD | BPF_W | BPF_ABS)
    private static let isEqual = UInt16(BPF_JMP | BPF_JEQ | BPF_K)
    private static let isAtLeast = UInt16(BPF_JMP | BPF_JGE | BPF_K)
    private static let hasBits = UInt16(BPF_JMP | BPF_JSET | BPF_K)
    private static let and = UInt16(BPF_ALU | BPF_AND | BPF_K)
    private static let answer = UInt16(BPF_RET | BPF_K)

    private static let allow: UInt32 = 0x7fff_0000
    private static let kill: UInt32 = 0x8000_0000
    private static func fail(_ number: Int32) -> UInt32 { 0x0005_0000 | UInt32(number) }

    // Offsets in struct seccomp_data; arguments are 64 bits, of which the low half comes first.
    private static let callNumber: UInt32 = 0
    private static let architecture: UInt32 = 4
    private static let argument0: UInt32 = 16
    private static let argument1: UInt32 = 24
    /// CLONE_THREAD: a thread of this process, not a process.
    private static let cloneThread: UInt32 = 0x10000
    /// Calls of the x32 interface, which would pass by another number.
    private static let x32: UInt32 = 0x4000_0000

    /// Enforces the filter on this thread and those it starts; false where the kernel has none.
    /// No-new-privileges must be set.
    static func apply() -> Bool {
        let expected = sparc_audit_architecture()
        guard expected != 0 else { return false }
        var program = program(architecture: expected)
        let count = UInt16(program.count)
        return unsafe program.withUnsafeMutableBufferPointer { buffer in
            unsafe sparc_seccomp(buffer.baseAddress, count) == 0
        }
    }

    private static func program(architecture expected: UInt32) -> [sock_filter] {
        var list = [
            step(load, architecture),
            step(isEqual, expected, whenFalse: 0, whenTrue: 1),
            step(answer, kill),
            step(load, callNumber),
            step(isAtLeast, x32, whenFalse: 1, whenTrue: 0),
            step(answer, fail(ENOSYS)),
        ]
        list += refusal(of: sparc_call_clone3(), ENOSYS)
        var index: Int32 = 0
        while case let call = sparc_refused_call(index), call >= 0 {
            list += refusal(of: call, EPERM)
            index += 1
        }
        // clone: threads only.
        list += [
            step(isEqual, UInt32(sparc_call_clone()), whenFalse: 4, whenTrue: 0),
            step(load, argument0),
            step(hasBits, cloneThread, whenFalse: 1, whenTrue: 0),
            step(answer, allow),
            step(answer, fail(EPERM)),
        ]
        // socket: TCP and UDP over IPv4 and IPv6.
        list += [
            step(isEqual, UInt32(sparc_call_socket()), whenFalse: 9, whenTrue: 0),
            step(load, argument0),
            step(isEqual, UInt32(AF_INET), whenFalse: 0, whenTrue: 1),
            step(isEqual, UInt32(AF_INET6), whenFalse: 5, whenTrue: 0),
            step(load, argument1),
            step(and, 0xff),
            step(isEqual, 1, whenFalse: 0, whenTrue: 1),
            step(isEqual, 2, whenFalse: 1, whenTrue: 0),
            step(answer, allow),
            step(answer, fail(EPERM)),
        ]
        list.append(step(answer, allow))
        return list
    }

    private static func refusal(of call: Int32, _ number: Int32) -> [sock_filter] {
        [
            step(isEqual, UInt32(call), whenFalse: 1, whenTrue: 0),
            step(answer, fail(number)),
        ]
    }

    private static func step(
        _ code: UInt16,
        _ value: UInt32,
        whenFalse: UInt8 = 0,
        whenTrue: UInt8 = 0
    ) -> sock_filter {
        sock_filter(code: code, jt: whenTrue, jf: whenFalse, k: value)
    }
}
