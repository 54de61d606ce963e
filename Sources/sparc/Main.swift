import ArgumentParser
import Dispatch
import Foundation

/// The program's entry.
///
/// A recorder confines itself while it has one thread: what a kernel applies to a thread holds for
/// those started later. So its command is run here, before Swift's executor starts any.
@main
enum Main {
    static func main() {
        if CommandLine.arguments.dropFirst().first == RecorderCommandLine.configuration.commandName
        {
            RecorderCommandLine.main(Array(CommandLine.arguments.dropFirst(2)))
            exit(0)
        }
        Task {
            await SparcCommand.main()
            exit(0)
        }
        dispatchMain()
    }
}
