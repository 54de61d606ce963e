import API
import Domain
import Identity
import Keys
import Testing

/// Somebody with a second factor, and what is in the authenticator.
struct EnrolledMember: Sendable {
    var member: Member
    var seed: [UInt8]
    var recoveryCodes: [String]
    /// The step that the confirmation used up.
    var firstStep: Int64

    /// Enrols by the routes.
    static func make(_ bed: TestBed, _ member: Member) async throws -> EnrolledMember {
        try await bed.run { api in
            let begun = try await api.post(
                "/api/v1/me/second-factor",
                member,
                #"{"password":"\#(TestBed.password)"}"#
            )
            #expect(begun.status == 200, "\(begun.text)")
            let seed = try #require(Base32.decoded(begun.string("secret")))
            let step = OneTimePassword.step(at: bed.services.now())
            let code = OneTimePassword.code(seed: seed, counter: step)
            let confirmed = try await api.post(
                "/api/v1/me/second-factor/confirm",
                member,
                #"{"code":"\#(code)"}"#
            )
            #expect(confirmed.status == 200, "\(confirmed.text)")
            let codes = (0..<RecoveryCode.count).map {
                confirmed.string("recovery_codes", "\($0)")
            }
            #expect(Set(codes).count == RecoveryCode.count)
            return EnrolledMember(
                member: member,
                seed: seed,
                recoveryCodes: codes,
                firstStep: step
            )
        }
    }

    /// The code of a step after that of the confirmation. 1 is good now.
    func code(after steps: Int64) -> String {
        OneTimePassword.code(seed: seed, counter: firstStep + steps)
    }
}

extension TestBed {
    /// The same at a later time.
    func later(_ seconds: Int64) throws -> TestBed {
        let now = services.now
        return try variant { services in
            services.now = { WallTime(microseconds: now().microseconds + seconds * 1_000_000) }
        }
    }
}

extension APIClient {
    /// Logs in; with a code or a device's token if there is one.
    func logIn(
        _ member: Member,
        password: String = TestBed.password,
        code: String? = nil,
        device: String? = nil,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        var body = #"{"email":"\#(member.email)","password":"\#(password)","#
        body += #""tenant":"\#(member.tenantName)""#
        if let code { body += #","code":"\#(code)""# }
        if let device { body += #","device_token":"\#(device)""# }
        return try await send("POST", "/api/v1/auth/login", body: body + "}", headers: headers)
    }
}
