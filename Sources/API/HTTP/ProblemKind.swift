internal import HTTPTypes

/// The kinds of problem documents. Released names never change: clients decide by `type`.
package enum ProblemKind: String, Sendable, Hashable, CaseIterable {
    case invalidRequest = "invalid-request"
    case unauthorized
    case codeNeeded = "second-factor-needed"
    case codeWrong = "second-factor-wrong"
    case forbidden
    case enrolmentNeeded = "second-factor-enrolment-needed"
    case notFound = "not-found"
    case methodNotAllowed = "method-not-allowed"
    case conflict
    case notPossible = "not-possible"
    case preconditionFailed = "precondition-failed"
    case contentTooLarge = "content-too-large"
    case unsupportedMediaType = "unsupported-media-type"
    case keyReused = "idempotency-key-reused"
    case rangeNotSatisfiable = "range-not-satisfiable"
    case tooManyRequests = "too-many-requests"
    case noVideoYet = "no-video-yet"
    case unavailable
    case `internal`

    /// The URI in `type`.
    package var type: String {
        "urn:sparc:problem:\(rawValue)"
    }

    package var status: Int {
        switch self {
        case .invalidRequest: 400
        case .unauthorized, .codeNeeded, .codeWrong: 401
        case .forbidden, .enrolmentNeeded: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .conflict, .notPossible: 409
        case .preconditionFailed: 412
        case .contentTooLarge: 413
        case .unsupportedMediaType: 415
        case .keyReused: 422
        case .rangeNotSatisfiable: 416
        case .tooManyRequests: 429
        case .noVideoYet, .unavailable: 503
        case .internal: 500
        }
    }

    package var title: String {
        switch self {
        case .invalidRequest: "The request is not valid"
        case .unauthorized: "A valid token is needed"
        case .codeNeeded: "A code of the second factor is needed"
        case .codeWrong: "The code is not good"
        case .enrolmentNeeded: "A second factor must be enrolled first"
        case .forbidden: "Your role does not allow this"
        case .notFound: "There is nothing here"
        case .methodNotAllowed: "This method is not supported here"
        case .conflict: "It exists already"
        case .notPossible: "It cannot be done as things are"
        case .preconditionFailed: "It was changed meanwhile"
        case .contentTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body must be JSON"
        case .keyReused: "The idempotency key was used for another request"
        case .rangeNotSatisfiable: "The range is outside the resource"
        case .tooManyRequests: "Too many attempts"
        case .noVideoYet: "There is no video yet"
        case .unavailable: "A part of the system does not answer"
        case .internal: "An error in the server"
        }
    }
}
