/// The levels of `LOG_LEVEL`.
package enum LogLevelSetting: String, Sendable, Hashable, CaseIterable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical
}
