import ArgumentParser
import Domain
import Foundation

/// `sparc cameras add|list|remove`.
struct CamerasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cameras",
        abstract: "Add, list and remove cameras.",
        subcommands: [Add.self, List.self, Remove.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a camera; it records within seconds.",
            discussion: """
                The password in the URL is visible to other users of this machine while the \
                command runs; give the URL on standard input with `-` to avoid that.
                """
        )

        @Argument(help: "What people call it.")
        var name: String

        @Argument(help: "rtsp://user:password@host:port/path, or - to read it from standard input.")
        var address: String

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var session: APISession

        func run() async throws {
            let text = address == "-" ? readLine() ?? "" : address
            do { _ = try CameraURL.parse(text) } catch {
                throw ValidationError("the URL \(error)")
            }
            try await session.run { api in
                let camera = try await api.addCamera(name: name, url: text)
                Output.print([camera], json: json)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all cameras.")

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var session: APISession

        func run() async throws {
            try await session.run { api in
                Output.print(try await api.cameras(), json: json)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop recording a camera; its footage stays until its retention ends."
        )

        @Argument(help: "The camera's id, as `sparc cameras list` shows it.")
        var id: String

        @OptionGroup var session: APISession

        func run() async throws {
            guard let camera = CameraID(id) else {
                throw ValidationError(
                    "the id must be a UUID such as 0197c0de-0000-4000-8000-000000000001"
                )
            }
            try await session.run { api in
                try await api.removeCamera(id: camera.description)
                print("removed \(camera)")
            }
        }
    }

    private enum Output {
        static func print(_ cameras: [APIClient.Camera], json: Bool) {
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                let data = (try? encoder.encode(cameras)) ?? Data("[]".utf8)
                Swift.print(String(decoding: data, as: UTF8.self))
                return
            }
            for camera in cameras {
                Swift.print("\(camera.id)  \(camera.state)  \(camera.name)  \(camera.url)")
            }
            if cameras.isEmpty { Swift.print("no cameras; add one with: sparc cameras add") }
        }
    }
}
