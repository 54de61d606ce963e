/// How a process ended.
package enum ProcessExit: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    /// A trap or a memory fault: the bytes it worked on are suspect. A kill from outside is not.
    package var isCrash: Bool {
        switch self {
        case .exited: false
        // ILL, TRAP, ABRT, BUS, FPE, SEGV: signal(7).
        case .signalled(let signal): [4, 5, 6, 7, 8, 11].contains(signal)
        }
    }

    package var isSuccess: Bool {
        self == .exited(0)
    }

    package var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}
