import Domain
import Foundation
import Shipper
import Transfer

/// The worker's side of `/internal/v1/workers`: all that it ever asks of the coordinator.
struct CoordinatorLink: Sendable {
    /// Longest answer: assignments of a few thousand streams.
    private static let answerLimit = 16 << 20

    let base: String
    let token: String
    let worker: WorkerID
    let client: HTTPClient

    struct Failure: Error, CustomStringConvertible {
        /// The HTTP status, or nil without an answer.
        let status: Int?
        let description: String

        /// Whether what was sent is at fault. A wrong token (401, 403), a worker that is to register
        /// anew (404) and a busy coordinator (408, 429) say nothing about the body.
        var blamesRequest: Bool {
            status.map { [400, 409, 413, 415, 422].contains($0) } ?? false
        }
    }

    func register(_ registration: WorkerRegistration) async throws -> WorkerWelcome {
        try await call(.post, "/internal/v1/workers", registration)
    }

    /// The list with its entity tag; nil if it is still the one that has this tag.
    func assignments(
        unless tag: String?
    ) async throws -> (list: WorkerAssignments, tag: String?)? {
        let answer = try await send(
            .get,
            "/internal/v1/workers/\(worker)/assignments",
            headers: tag.map { [("If-None-Match", $0)] } ?? []
        )
        if answer.status == 304 { return nil }
        let list = try JSONDecoder().decode(WorkerAssignments.self, from: Data(answer.body))
        return (list, answer.header("etag"))
    }

    func report(_ liveness: WorkerLiveness) async throws {
        let body = try JSONEncoder().encode(liveness)
        let path = "/internal/v1/workers/\(worker)/liveness"
        _ = try await send(.post, path, body: [UInt8](body))
    }

    private func call<Answer: Decodable>(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: some Encodable
    ) async throws -> Answer {
        let answer = try await send(method, path, body: [UInt8](try JSONEncoder().encode(body)))
        return try JSONDecoder().decode(Answer.self, from: Data(answer.body))
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) async throws -> HTTPResponse {
        var headers = headers + [(name: "Authorization", value: "Bearer \(token)")]
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        let answer: HTTPResponse
        do {
            answer = try await client.send(
                HTTPRequest(
                    method,
                    base + path,
                    headers: headers,
                    body: body,
                    deadline: .seconds(5),
                    responseLimit: Self.answerLimit
                )
            )
        } catch {
            throw Failure(status: nil, description: "the coordinator is not reached: \(error)")
        }
        guard answer.isSuccess || answer.status == 304 else {
            throw Failure(
                status: answer.status,
                description: "the coordinator answered \(answer.status) to \(method) \(path)"
            )
        }
        return answer
    }
}

extension CoordinatorLink: ChunkRegistering {
    func register(_ offers: [ChunkOffer]) async throws -> [ChunkVerdict] {
        let verdicts: ChunkVerdicts
        do {
            verdicts = try await call(
                .post,
                "/internal/v1/workers/\(worker)/chunks",
                ChunkOffers(offers: offers)
            )
        } catch let failure as Failure where failure.blamesRequest {
            throw OfferRejection(reason: failure.description)
        }
        guard verdicts.verdicts.count == offers.count else {
            throw Failure(
                status: 200,
                description: "the coordinator gave \(verdicts.verdicts.count) verdicts for "
                    + "\(offers.count) chunks"
            )
        }
        return verdicts.verdicts
    }

    func report(_ drops: [ChunkDrop]) async throws -> [DropVerdict] {
        let answer: DropVerdicts
        do {
            answer = try await call(
                .post,
                "/internal/v1/workers/\(worker)/drops",
                ChunkDrops(drops: drops)
            )
        } catch let failure as Failure where failure.blamesRequest {
            throw OfferRejection(reason: failure.description)
        }
        return answer.verdicts
    }
}
