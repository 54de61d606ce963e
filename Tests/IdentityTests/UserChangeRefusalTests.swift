import Domain
import Identity
import Testing

/// Who may change whom.
struct UserChangeRefusalTests {
    private let someone = UserID()

    private func decide(
        _ actor: Role,
        from present: Role?,
        to role: Role? = nil,
        takesAway: Bool = false,
        otherOwners: Int = 1,
        holding held: Set<Permission> = []
    ) -> UserChangeRefusal? {
        UserChangeRefusal.decide(
            Principal(tenant: TenantID(), user: UserID(), role: actor, session: SessionID()),
            changes: someone,
            from: present,
            holding: held,
            to: role,
            takesAway: takesAway,
            otherOwners: otherOwners
        )
    }

    @Test func `an administrator never makes or touches an owner`() {
        for present in Role.builtIn {
            for role in Role.builtIn.map({ $0 as Role? }) + [nil] {
                for takesAway in [false, true] {
                    let refusal = decide(
                        .administrator,
                        from: present,
                        to: role,
                        takesAway: takesAway
                    )
                    let concernsOwner = present == .owner || role == .owner
                    #expect(refusal == (concernsOwner ? .needsOwner : nil))
                    #expect(decide(.owner, from: present, to: role, takesAway: takesAway) == nil)
                }
            }
        }
        // A role of a later version counts as the highest.
        #expect(decide(.administrator, from: nil, takesAway: true) == .needsOwner)
    }

    @Test func `nobody changes who may do more, or acts as owner with a part of the rights`() {
        #expect(decide(.administrator, from: .viewer, holding: [.videoLive]) == nil)
        #expect(decide(.administrator, from: .own, holding: [.tenantManage]) == .needsMore)
        #expect(decide(.viewer, from: .member, holding: [.videoArchive]) == .needsMore)
        let key = Principal(
            tenant: TenantID(),
            user: UserID(),
            role: .owner,
            session: SessionID(),
            scope: [.usersManage]
        )
        let refusal = UserChangeRefusal.decide(
            key,
            changes: someone,
            from: .viewer,
            holding: [],
            to: .owner,
            takesAway: false,
            otherOwners: 1
        )
        #expect(refusal == .needsOwner)
    }

    @Test func `the last owner stays one`() {
        #expect(decide(.owner, from: .owner, takesAway: true, otherOwners: 0) == .lastOwner)
        #expect(decide(.owner, from: .owner, to: .viewer, otherOwners: 0) == .lastOwner)
        #expect(decide(.owner, from: .owner, to: .owner, otherOwners: 0) == nil)
        #expect(decide(.owner, from: .viewer, takesAway: true, otherOwners: 0) == nil)
    }

    @Test func `nobody changes oneself`() {
        let actor = Principal(
            tenant: TenantID(),
            user: someone,
            role: .owner,
            session: SessionID()
        )
        for takesAway in [false, true] {
            let refusal = UserChangeRefusal.decide(
                actor,
                changes: someone,
                from: .owner,
                holding: [],
                to: nil,
                takesAway: takesAway,
                otherOwners: 5
            )
            #expect(refusal == .oneself)
        }
    }

    @Test func `an invitation's text says whom it is for, and no other is one`() throws {
        let token = InvitationToken(tenant: TenantID(), user: someone)
        let read = try #require(InvitationToken(token.text))
        #expect(read.tenant == token.tenant && read.user == someone && read.hash == token.hash)
        #expect(InvitationToken(tenant: token.tenant, user: someone).hash != token.hash)
        #expect(!"\(token)".contains(token.text) && token.path.hasSuffix(token.text))
        for wrong in ["", "sparc_inv_", String(token.text.dropLast()), token.text + "A", "x"] {
            #expect(InvitationToken(wrong) == nil)
        }
    }
}
