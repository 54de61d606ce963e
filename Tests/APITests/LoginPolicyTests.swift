import API
import Domain
import Identity
import Keys
import Testing

/// An organisation that requires a second factor of everybody.
struct LoginPolicyTests {
    private static let type = "urn:sparc:problem:second-factor-enrolment-needed"

    private func require(
        _ api: APIClient,
        _ member: Member,
        _ isRequired: Bool = true
    ) async throws
        -> APIClient.Answer
    {
        try await api.send(
            "PUT",
            "/api/v1/login-policy",
            token: member.token,
            body: #"{"second_factor_required":\#(isRequired)}"#
        )
    }

    @Test func `it is required by who has one, and ends the logins of who has none`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        let viewer = try await bed.member(.viewer, of: owner.tenant)
        let stranger = try await bed.member()
        try await bed.run { api in
            let early = try await require(api, owner)
            #expect(early.status == 409)
            #expect(try await require(api, viewer).status == 403)
            #expect(try await api.get("/api/v1/me", viewer).status == 200)
        }
        _ = try await EnrolledMember.make(bed, owner)
        try await bed.run { api in
            #expect(try await require(api, owner).status == 200)
            let policy = try await api.get("/api/v1/login-policy", owner)
            #expect(policy.value("second_factor_required") == .bool(true))
            #expect(try await api.get("/api/v1/me", owner).status == 200)
            #expect(try await api.get("/api/v1/me", viewer).status == 401)
            #expect(try await api.get("/api/v1/me", stranger).status == 200)
            let other = try await api.get("/api/v1/login-policy", stranger)
            #expect(other.value("second_factor_required") == .bool(false))
        }
    }

    @Test func `a login that may only enrol watches no camera, by a grant neither`() async throws {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        _ = try await EnrolledMember.make(bed, owner)
        var person = try await bed.member(.viewer, of: owner.tenant)
        person.tenantName = owner.tenantName
        let member = person
        try await bed.run { api in
            let camera = try await api.addCamera(owner)
            let granted = try await api.post(
                "/api/v1/users/\(member.user)/grants",
                owner,
                #"{"role":"viewer","camera_id":"\#(camera)"}"#
            )
            #expect(granted.status == 201, "\(granted.text)")
            #expect(try await require(api, owner).status == 200)
            let token = try await api.logIn(member).string("access_token")
            for path in [
                "/hls/\(camera)/index.m3u8", "/hls/\(camera)/live.m3u8",
                "/api/v1/cameras/\(camera)", "/api/v1/cameras/\(camera)/playback",
            ] {
                let answer = try await api.send("GET", path, token: token)
                #expect(answer.status == 403, "\(path)")
                #expect(answer.string("type") == Self.type, "\(path)")
            }
        }
    }

    @Test func `logins that could only enrol are whole when it is not required any more`()
        async throws
    {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        _ = try await EnrolledMember.make(bed, owner)
        var person = try await bed.member(.viewer, of: owner.tenant)
        person.tenantName = owner.tenantName
        let member = person
        try await bed.run { api in
            let required = try await require(api, owner)
            #expect(required.status == 200)
            let login = try await api.logIn(member)
            #expect(login.value("enrolment_needed") == .bool(true))
            #expect(try await require(api, owner, false).status == 200)
            let refreshed = try await api.post(
                "/api/v1/auth/refresh",
                nil,
                #"{"refresh_token":"\#(login.string("refresh_token"))"}"#
            )
            #expect(refreshed.value("enrolment_needed") == .null)
            let token = refreshed.string("access_token")
            #expect(try await api.send("GET", "/api/v1/cameras", token: token).status == 200)
        }
    }

    @Test func `who has none gets a login that may only enrol, and then everything`()
        async throws
    {
        let bed = try await TestBed.shared()
        let owner = try await bed.member()
        _ = try await EnrolledMember.make(bed, owner)
        var person = try await bed.member(.administrator, of: owner.tenant)
        person.tenantName = owner.tenantName
        let member = person
        let specification = try Specification.shared()
        var limited = member
        let refresh = try await bed.run { api in
            #expect(try await require(api, owner).status == 200)
            let login = try await api.logIn(member)
            #expect(login.status == 200)
            #expect(login.value("enrolment_needed") == .bool(true))
            let refreshed = try await api.post(
                "/api/v1/auth/refresh",
                nil,
                #"{"refresh_token":"\#(login.string("refresh_token"))"}"#
            )
            #expect(refreshed.value("enrolment_needed") == .bool(true))
            return (refreshed.string("access_token"), refreshed.string("refresh_token"))
        }
        limited.token = refresh.0
        let token = refresh.0
        // Everything that takes a token, but what enrols and what says who one is.
        let open: Set<String> = [
            "GET /api/v1/me", "GET /api/v1/me/second-factor", "POST /api/v1/me/second-factor",
            "POST /api/v1/me/second-factor/confirm",
        ]
        try await bed.run { api in
            var refused = 0
            for operation in specification.operations.subtracting(open).sorted() {
                let words = operation.split(separator: " ").map { String($0) }
                guard specification.security(words[0], words[1]).contains("bearer") else {
                    continue
                }
                let id = "\(CameraID())"
                let answer = try await api.send(
                    words[0],
                    words[1].replacing("{id}", with: id).replacing("{camera_id}", with: id),
                    token: token,
                    body: ["POST", "PATCH", "PUT"].contains(words[0]) ? "{}" : nil
                )
                #expect(answer.status == 403, "\(operation)")
                #expect(answer.string("type") == Self.type, "\(operation)")
                refused += 1
            }
            print("a login that may only enrol: \(refused) operations refused")
            #expect(refused > 40)
            let me = try await api.send("GET", "/api/v1/me", token: token)
            #expect(me.value("permissions") == .array([]))
        }
        _ = try await EnrolledMember.make(bed, limited)
        try await bed.run { api in
            let full = try await api.post(
                "/api/v1/auth/refresh",
                nil,
                #"{"refresh_token":"\#(refresh.1)"}"#
            )
            #expect(full.value("enrolment_needed") == .null)
            let cameras = try await api.send(
                "GET",
                "/api/v1/cameras",
                token: full.string("access_token")
            )
            #expect(cameras.status == 200)
        }
    }
}
