import API
import Domain
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Sends requests and checks every response against the description of the API.
struct APIClient {
    let client: any TestClientProtocol
    let specification: Specification

    struct Answer {
        var status: Int
        var headers: HTTPFields
        var bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }

        func header(_ name: String) -> String? {
            HTTPField.Name(name).flatMap { headers[$0] }
        }

        var json: JSONValue { (try? JSONParser.parse(bytes)) ?? .null }

        /// A member of the body, by names and indices.
        func value(_ path: String...) -> JSONValue {
            path.reduce(json) { value, name in
                switch value {
                case .object(let members):
                    members.first { $0.name == name }?.value ?? .null
                case .array(let values):
                    Int(name).flatMap { values.indices.contains($0) ? values[$0] : nil } ?? .null
                default: .null
                }
            }
        }

        func string(_ path: String...) -> String {
            let found = path.reduce(json) { value, name in
                if case .object(let members) = value {
                    return members.first { $0.name == name }?.value ?? .null
                }
                if case .array(let values) = value, let index = Int(name),
                    values.indices.contains(index)
                {
                    return values[index]
                }
                return .null
            }
            if case .string(let text) = found { return text }
            if case .number(let text) = found { return text }
            return ""
        }
    }

    @discardableResult
    func send(
        _ method: String,
        _ uri: String,
        token: String? = nil,
        body: String? = nil,
        headers extra: [(String, String)] = []
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        if let token { headers[.authorization] = "Bearer \(token)" }
        if body != nil { headers[.contentType] = "application/json" }
        for (name, value) in extra {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        let method = try #require(HTTPRequest.Method(method))
        let response = try await client.execute(
            uri: uri,
            method: method,
            headers: headers,
            body: body.map { ByteBuffer(string: $0) }
        )
        let answer = Answer(
            status: response.status.code,
            headers: response.headers,
            bytes: Array(response.body.readableBytesView)
        )
        let wrong = specification.check(
            method: method.rawValue,
            uri: uri,
            status: answer.status,
            contentType: answer.header("content-type"),
            body: answer.bytes
        )
        #expect(wrong.isEmpty, "\(method) \(uri) → \(answer.status): \(wrong)")
        #expect(answer.header("x-request-id") != nil)
        #expect(answer.header("x-content-type-options") == "nosniff")
        return answer
    }

    func get(_ uri: String, _ member: Member? = nil) async throws -> Answer {
        try await send("GET", uri, token: member?.token)
    }

    func post(_ uri: String, _ member: Member? = nil, _ body: String) async throws -> Answer {
        try await send("POST", uri, token: member?.token, body: body)
    }

    /// Adds a camera and returns its id.
    func addCamera(
        _ member: Member,
        name: String = "Gate",
        url: String = "rtsp://u:canary-pw@10.1.2.3/s"
    ) async throws -> CameraID {
        let answer = try await post(
            "/api/v1/cameras",
            member,
            #"{"name":"\#(name)","url":"\#(url)"}"#
        )
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(CameraID(answer.string("id")))
    }

    func worker(_ method: String, _ uri: String, _ body: String? = nil) async throws -> Answer {
        try await send(method, uri, token: TestBed.workerToken, body: body)
    }
}
