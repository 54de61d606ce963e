import Domain
import Foundation
import Logging
import Processes
import Settings
import Telemetry

/// Sets up logging for a process: lines on standard error.
enum ProcessLog {
    static func start(_ label: String, level: LogLevelSetting) -> Logger {
        let minimum = Logger.Level(rawValue: level.rawValue) ?? .info
        LoggingSystem.bootstrap { name in
            LineLogHandler(
                label: name,
                level: minimum,
                now: { SystemClock.wall().description },
                write: { FileHandle.standardError.write(Data(($0 + "\n").utf8)) }
            )
        }
        return Logger(label: label)
    }
}
