import ArgumentParser
import Foundation
import Transfer

/// `sparc health-check`: for probes and scripts.
struct HealthCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health-check",
        abstract: "Ask whether the coordinator is healthy."
    )

    @Option(help: "Base URL of the API.")
    var url = "http://127.0.0.1:3000"

    @Flag(help: "Print the answer as JSON.")
    var json = false

    func run() async throws {
        let client = HTTPClient(policy: nil)
        defer { client.close() }
        do {
            let answer = try await client.send(
                HTTPRequest(.get, url + "/api/v1/health", deadline: .seconds(5))
            )
            if json { print(String(decoding: answer.body, as: UTF8.self)) }
            guard answer.isSuccess else {
                FileHandle.standardError.write(
                    Data("sparc: not healthy, status \(answer.status)\n".utf8)
                )
                throw ExitCode(1)
            }
            if !json { print("healthy") }
        } catch let error as TransferError {
            FileHandle.standardError.write(Data("sparc: not healthy: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }
}
