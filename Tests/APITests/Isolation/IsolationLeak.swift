import API
import Catalog
import Domain
import HTTPTypes
import Hummingbird
import Synchronization

/// Leaks of the program that no table can be made to have: each is something in front of the API
/// that does what a forgetful program would do.
enum IsolationLeak: String, Sendable, CaseIterable {
    /// An answer is kept by its address alone: whoever asks later gets the first one's.
    case cacheByAddress
    /// An answer is kept by its `Idempotency-Key` alone.
    case answerByKey
    /// The end of a page brings the organisation with it that it was made for.
    case cursorWithOrganisation
    /// A precondition is looked at before whose the row is.
    case conditionBeforeOwner
    /// What is there is refused with its validator.
    case headerOfExistence
    /// A refused request is told in the log of whose thing it was.
    case traceInVictim

    /// The same API with the leak.
    func plant(_ bed: TestBed, _ world: IsolationWorld) -> TestBed {
        let memory = Memory()
        let victim = world.victim
        let owner = "Bearer \(victim.member.token)"
        return bed.planting { request, context, api in
            var asked = request
            let target = request.uri.description
            let isForeign = victim.ids.values.contains { target.contains($0) }
            switch self {
            case .cacheByAddress:
                guard request.method == .get else { break }
                asked = Self.request(request, by: memory.first(target, request))
            case .answerByKey:
                guard let name = HTTPField.Name("Idempotency-Key"),
                    let key = request.headers[name]
                else { break }
                asked = Self.request(request, by: memory.first(key, request))
            case .cursorWithOrganisation:
                guard victim.cursors.values.contains(where: { target.contains("cursor=\($0)") })
                else { break }
                asked = Self.request(request, by: owner)
            case .conditionBeforeOwner:
                guard request.headers[.ifMatch] == #""x""#, isForeign else { break }
                let body = try await asked.collectBody(upTo: 1 << 16)
                asked.body = RequestBody(buffer: body)
                let first = Self.request(asked, by: owner)
                let answer = try await api.respond(to: first, context: context)
                if answer.status == .preconditionFailed { return answer }
                asked.body = RequestBody(buffer: body)
            case .headerOfExistence:
                var answer = try await api.respond(to: asked, context: context)
                if isForeign, answer.status == .notFound { answer.headers[.eTag] = #""1""# }
                return answer
            case .traceInVictim:
                let answer = try await api.respond(to: asked, context: context)
                guard isForeign, answer.status == .notFound else { return answer }
                try await bed.catalog.note(
                    victim.member.tenant,
                    [AuditNote(.peopleRead, "user")],
                    by: AuditActor(kind: .person)
                )
                return answer
            }
            return try await api.respond(to: asked, context: context)
        }
    }

    /// The same request as if somebody else had sent it.
    private static func request(_ request: Request, by token: String?) -> Request {
        var head = request.head
        head.headerFields[.authorization] = token
        return Request(head: head, body: request.body)
    }

    /// Who asked before.
    private final class Memory: Sendable {
        private let tokens = Mutex<[String: String]>([:])

        /// Who asked for it first.
        func first(_ what: String, _ request: Request) -> String? {
            tokens.withLock { tokens in
                if tokens[what] == nil { tokens[what] = request.headers[.authorization] }
                return tokens[what]
            }
        }
    }
}
