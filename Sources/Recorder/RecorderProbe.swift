internal import FoundationEssentials
internal import Sockets

/// The self-check of the sandbox: in place of a configuration, the first line on standard input
/// asks the process to confine itself as a recorder and to try what must be refused.
package enum RecorderProbe {
    /// `{"probe":{…}}`.
    package struct Request: Sendable, Codable {
        package struct Attempts: Sendable, Codable {
            /// The folder that may be written to.
            package var spool: String
            /// To be opened for reading, such as `/etc/passwd` and the keys folder.
            package var files: [String]
            /// To be connected to, such as PostgreSQL's.
            package var unixSockets: [String]

            package init(spool: String, files: [String], unixSockets: [String]) {
                self.spool = spool
                self.files = files
                self.unixSockets = unixSockets
            }
        }

        package var probe: Attempts

        package init(_ attempts: Attempts) {
            probe = attempts
        }
    }

    /// What came of all attempts: one JSON line on standard output.
    package struct Report: Sendable, Codable {
        package struct Finding: Sendable, Codable, Hashable {
            package let attempt: String
            package let isRefused: Bool
        }

        /// The layers of the confinement, as in `RecorderEvent.ready`.
        package let layers: [String]
        package let canMakeTCPSockets: Bool
        package let canWriteToSpool: Bool
        package let findings: [Finding]
    }

    /// Confines the process and prints a report; 0 if everything was as it must be, else 1.
    static func run(_ attempts: Request.Attempts, user: UInt32?) throws -> Int32 {
        let confinement = Confinement(
            writableFolder: attempts.spool,
            user: user,
            streams: RecorderLimits.streams
        )
        let report = Report(
            layers: try confinement.apply(),
            canMakeTCPSockets: ConfinementProbe.canMakeTCPSockets(),
            canWriteToSpool: ConfinementProbe.canWrite(to: attempts.spool),
            findings: ConfinementProbe.run(
                files: attempts.files,
                unixSockets: attempts.unixSockets
            ).map { Report.Finding(attempt: $0.attempt, isRefused: $0.isRefused) }
        )
        StandardStreams.printOutput([UInt8](try JSONEncoder().encode(report)))
        let isRight =
            report.findings.allSatisfy(\.isRefused) && report.canMakeTCPSockets
            && report.canWriteToSpool
        return isRight ? 0 : 1
    }
}
