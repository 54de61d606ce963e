import Domain
import Foundation
import ObjectStore
import Processes
import TestSupport
import Testing

@Suite struct SigV4SignerTests {
    struct Vectors: Decodable {
        var accessKeyID: String
        var secretAccessKey: String
        var cases: [Case]
    }

    struct Case: Decodable {
        var name: String
        var method: String
        var path: String
        var query: [[String]]
        var headers: [[String]]
        var payload: String
        var token: String?
        var presign: Int?
        var region: String
        var time: String
        var host: String
        var signature: String
    }

    private static let file = SparcInstallation.fixtures + "/sigv4-vectors.json"

    @Test func `every signature is that of AWS's pages and of botocore`() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Self.file))
        let vectors = try JSONDecoder().decode(Vectors.self, from: data)
        #expect(vectors.cases.count >= 18)
        for one in vectors.cases {
            let signer = SigV4Signer(
                credentials: S3Credentials(
                    accessKeyID: vectors.accessKeyID,
                    secretAccessKey: vectors.secretAccessKey,
                    sessionToken: one.token
                ),
                region: one.region
            )
            let request = SignableRequest(
                method: one.method,
                host: one.host,
                path: one.path,
                query: one.query.map { ($0[0], $0[1]) },
                headers: one.headers.map { ($0[0], $0[1]) }
            )
            let signature: Substring?
            if let seconds = one.presign {
                let query = signer.presignedQuery(
                    for: request,
                    seconds: seconds,
                    at: try time(one.time)
                )
                signature = query.split(separator: "X-Amz-Signature=").last
            } else {
                let headers = signer.headers(
                    for: request,
                    payload: one.payload,
                    at: try time(one.time)
                )
                signature =
                    headers.first { $0.name == "Authorization" }?.value
                    .split(separator: "Signature=").last
                #expect(
                    headers.contains { $0.name == "x-amz-security-token" } == (one.token != nil)
                )
            }
            #expect(signature.map(String.init) == one.signature, "\(one.name)")
        }
    }

    @Test func `the vectors are what botocore makes here and now`() async throws {
        let command = try await ShellCommand.run(
            "/usr/bin/python3",
            [SparcInstallation.fixtures + "/sigv4-vectors.py"]
        )
        #expect(command.status.isSuccess, "\(command.errors)")
        let known = try String(contentsOfFile: Self.file, encoding: .utf8)
        #expect(command.output + "\n" == known)
    }

    @Test func `the secret is in no description of the credentials`() {
        let credentials = S3Credentials(
            accessKeyID: "AKIAEXAMPLE",
            secretAccessKey: "verysecret",
            sessionToken: "tokensecret"
        )
        for text in ["\(credentials)", String(reflecting: credentials)] {
            #expect(!text.contains("secret"))
        }
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!dumped.contains("verysecret") && !dumped.contains("tokensecret"))
    }

    /// `20130524T000000Z`.
    private func time(_ text: String) throws -> WallTime {
        let digits = Array(text)
        let form =
            "\(String(digits[0..<4]))-\(String(digits[4..<6]))-\(String(digits[6..<8]))T"
            + "\(String(digits[9..<11])):\(String(digits[11..<13])):\(String(digits[13..<15]))Z"
        return try #require(WallTime(rfc3339: form))
    }
}
