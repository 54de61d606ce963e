import API
import Domain
import Foundation
import Glibc
import Testing
import Transfer

/// URLs of cameras, webhooks and providers of identities that lead where they must not (server-side
/// request forgery): refused when they are given, or at the latest at the connect.
struct HostileURLTests {
    private struct Target {
        var name: String
        var scheme: String
        var field: String
        var path: String
        var isPublic: Bool
        var body: @Sendable (String) -> String
    }

    private static let targets = [
        Target(
            name: "cameras",
            scheme: "rtsp",
            field: "url",
            path: "/api/v1/cameras",
            isPublic: false
        ) { #"{"name":"x","url":"\#($0)"}"# },
        Target(
            name: "webhooks",
            scheme: "https",
            field: "url",
            path: "/api/v1/webhooks",
            isPublic: true
        ) { #"{"url":"\#($0)"}"# },
        Target(
            name: "providers",
            scheme: "https",
            field: "issuer",
            path: "/api/v1/identity-providers",
            isPublic: true
        ) { #"{"name":"x","issuer":"\#($0)","client_id":"c","client_secret":"s"}"# },
    ]

    @Test(arguments: [0, 1, 2])
    func `each is refused when it is given, with the member named`(_ index: Int) async throws {
        let target = Self.targets[index]
        let bed = try await TestBed.shared().variant { services in
            services.cameraNetworks = .privateNetworks
            services.publicURL = "https://sparc.example.com"
        }
        let member = try await bed.member()
        let good = target.isPublic ? "hooks.example.com" : "10.0.0.5"
        var urls = HostileURLs.hosts(isPublic: target.isPublic).flatMap { host in
            ["\(target.scheme)://\(host)/x", "\(target.scheme)://\(host):8443/"]
        }
        urls += ["169.254.169.254", "0x7f.1"].map { "\(target.scheme)://\(good)@\($0)/" }
        urls += ["127.0.0.1", "2130706433"].map { "\(target.scheme)://a:b@\($0):80/" }
        urls += HostileURLs.broken(target.scheme, good: good)
        if target.isPublic {
            urls += ["http://\(good)/", "rtsp://\(good)/", "https://127.0.0.1@\(good)/"]
        } else {
            urls += ["http://\(good)/", "https://\(good)/", "rtsp://10.0.0.5@8.8.8.8/"]
        }
        try await bed.run { [urls] api in
            var accepted: [String] = []
            for url in urls {
                let answer = try await api.post(target.path, member, target.body(url))
                if answer.status != 400 { accepted.append("\(url) \(answer.status)") }
                let field = answer.string("errors", "0", "field")
                // What is no JSON text is refused as such.
                if !url.contains("\\") || !field.isEmpty {
                    #expect(field == target.field, "\(url): \(answer.text)")
                }
                #expect(!answer.text.contains("internal"), "\(url)")
            }
            #expect(accepted.isEmpty)
            print("hostile URLs: \(target.name): of \(urls.count) none was accepted")
            // The list refuses no good one.
            let fine = try await api.post(
                target.path,
                member,
                target.body("\(target.scheme)://\(good)/x")
            )
            #expect(fine.status == 201, "\(fine.text)")
        }
    }

    @Test(arguments: [0, 1, 2])
    func `a name that leads inside is refused at the connect, if it was taken`(
        _ index: Int
    ) async throws {
        let target = Self.targets[index]
        let bed = try await TestBed.shared().variant { services in
            services.cameraNetworks = .privateNetworks
            services.publicURL = "https://sparc.example.com"
        }
        let member = try await bed.member()
        let policy =
            target.isPublic
            ? AddressPolicy.publicNetworks(and: AddressPolicy(allowed: []))
            : AddressPolicy.privateNetworks
        let client = HTTPClient(policy: policy)
        defer { client.close() }
        try await bed.run { api in
            var counts = (taken: 0, refused: 0)
            for name in HostileURLs.names {
                let answer = try await api.post(
                    target.path,
                    member,
                    target.body("\(target.scheme)://\(name)/x")
                )
                guard answer.status == 201 else {
                    #expect(answer.status == 400, "\(name)")
                    counts.refused += 1
                    continue
                }
                counts.taken += 1
                // The same policy is asked by whoever connects, about the address alone.
                let url = "http://\(name):9/"
                let error = await #expect(throws: TransferError.self, "\(name)") {
                    try await client.send(HTTPRequest(.get, url, deadline: .seconds(3)))
                }
                let codes: Set<TransferError.Code> = [.refusedByPolicy, .resolve, .timeout]
                #expect(error.map { codes.contains($0.code) } ?? false, "\(name): \(error as Any)")
            }
            print(
                "hostile names: \(target.name): \(counts.refused) refused when given,",
                "\(counts.taken) at the connect"
            )
        }
    }
}
