import Foundation
package import Hummingbird

/// The web console: static pages and scripts of our own origin, without inline code.
package enum ConsoleRoutes {
    /// Everything from our own origin; video through blob URLs of Media Source Extensions.
    /// - Parameter store: Origin of the store that footage may come from too.
    static func contentSecurityPolicy(store: String?) -> String {
        let more = store.map { " " + $0 } ?? ""
        return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            + "connect-src 'self'\(more); media-src 'self' blob:\(more); base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'"
    }

    /// The files, their types; a closed list, so that no path is ever made from a request.
    static let assets: [(path: RouterPath, file: String, type: String)] = [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/setup", "setup.html", "text/html; charset=utf-8"),
        ("/invitation", "invitation.html", "text/html; charset=utf-8"),
        ("/console/invitation.js", "invitation.js", "text/javascript; charset=utf-8"),
        ("/console/link.js", "link.js", "text/javascript; charset=utf-8"),
        ("/console/setup.js", "setup.js", "text/javascript; charset=utf-8"),
        ("/console/style.css", "style.css", "text/css; charset=utf-8"),
        ("/console/app.js", "app.js", "text/javascript; charset=utf-8"),
        ("/console/api.js", "api.js", "text/javascript; charset=utf-8"),
        ("/console/factor.js", "factor.js", "text/javascript; charset=utf-8"),
        ("/console/organisation.js", "organisation.js", "text/javascript; charset=utf-8"),
        ("/console/table.js", "table.js", "text/javascript; charset=utf-8"),
        ("/console/qr.js", "qr.js", "text/javascript; charset=utf-8"),
        ("/console/player.js", "player.js", "text/javascript; charset=utf-8"),
        ("/console/playlist.js", "playlist.js", "text/javascript; charset=utf-8"),
        ("/console/timeline.js", "timeline.js", "text/javascript; charset=utf-8"),
    ]

    /// Adds a GET route per file.
    /// - Parameter store: Origin of the store that pages fetch footage from; nil: from us alone.
    /// - Throws: If a file is missing from the installation.
    package static func add(
        to router: Router<some RequestContext>,
        store: String? = nil
    ) throws {
        let contentSecurityPolicy = contentSecurityPolicy(store: store)
        for asset in assets {
            let body = try Self.read(asset.file)
            let type = asset.type
            router.get(asset.path) { _, _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: type, .cacheControl: "no-cache",
                        .contentSecurityPolicy: contentSecurityPolicy,
                        .xContentTypeOptions: "nosniff",
                    ],
                    body: ResponseBody(byteBuffer: body)
                )
            }
        }
    }

    private static func read(_ file: String) throws -> ByteBuffer {
        guard let url = Bundle.module.url(forResource: "Assets/\(file)", withExtension: nil),
            let data = try? Data(contentsOf: url)
        else { throw MissingAsset(description: "the console's file \(file) is not installed") }
        return ByteBuffer(bytes: data)
    }

    private struct MissingAsset: Error, CustomStringConvertible {
        let description: String
    }
}
