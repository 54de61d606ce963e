/// `WWW-Authenticate` values and the answers to them: never a line break in an answer.
func fuzzChallenge(_ bytes: FuzzInput) -> Int32 {
    let input = bytes
    let headers = String(decoding: input.bytes, as: UTF8.self).split(separator: "\n").map(
        String.init
    )
    var authenticator = Authenticator(
        credentials: CameraCredentials(user: "u\"", password: "canary"),
        nonceSeed: 3
    )
    for (index, header) in headers.prefix(8).enumerated() {
        try? authenticator.learn([header], answered: index > 0, attempt: index)
        guard let answer = try? authenticator.authorization(method: "PLAY", uri: "rtsp://a/") else {
            continue
        }
        precondition(answer.utf8.allSatisfy { $0 >= 32 && $0 != 127 })
        precondition(!answer.contains("canary"))
    }
    return 0
}
