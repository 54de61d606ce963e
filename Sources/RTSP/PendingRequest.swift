/// A request whose response has not come.
struct PendingRequest {
    enum Kind: Equatable {
        case options
        case describe
        case setup(Int)
        case play
        case keepAlive
    }

    let kind: Kind
    let method: String
    let address: String
    /// Header lines of its own, each with its CR LF.
    let extra: String
    var number = 0
    /// How often it was answered with 401.
    var refusals = 0
    /// Whether it went out with an authorization.
    var isAuthorized = false
}
