import Domain
import Identity
import Testing

/// Whose account a login through a provider opens.
struct ProviderLoginDecisionTests {
    private typealias Account = ProviderLoginDecision.Account
    private static let user = UserID()

    private func email(
        _ text: String?,
        _ isVerified: Bool? = true,
        assumes: Bool = false
    ) -> Result<String, ProviderLoginDecision.Refusal> {
        ProviderLoginDecision.email(
            of: IDTokenClaims(subject: "s", email: text, isEmailVerified: isVerified),
            domains: ["example.com", "example.org"],
            assumesVerified: assumes
        )
    }

    private func account(
        _ role: Role = .viewer,
        isDisabled: Bool = false,
        isLinked: Bool = false
    ) -> Account {
        Account(user: Self.user, role: role.rawValue, isDisabled: isDisabled, isLinked: isLinked)
    }

    private func decide(
        _ email: Result<String, ProviderLoginDecision.Refusal> = .success("a@example.com"),
        creates: Bool = true,
        linked: Account? = nil,
        named: Account? = nil
    ) -> ProviderLoginDecision {
        ProviderLoginDecision.decide(
            email: email,
            createsPeople: creates,
            linked: linked,
            named: named
        )
    }

    @Test func `an address counts when it is verified, whole and of a listed domain`() {
        for text in ["a@example.com", "A.b+c@EXAMPLE.org"] {
            #expect(email(text) == .success(text))
        }
        #expect(email(nil) == .failure(.emailMissing))
        #expect(email("a@example.com", false) == .failure(.emailNotVerified))
        #expect(email("a@example.com", nil) == .failure(.emailNotVerified))
        #expect(email("a@example.com", nil, assumes: true) == .success("a@example.com"))
        #expect(email("a@example.com", false, assumes: true) == .failure(.emailNotVerified))
        for text in [
            "", "a", "@example.com", "a@", "a@b@example.com", "a @example.com", "a@example.com ",
            "a@example.com\n", "\u{212A}@example.com", "a@examp\u{142}e.com",
            String(repeating: "a", count: 243) + "@example.com",
        ] {
            #expect(email(text) == .failure(.emailMalformed), "\(text)")
        }
        for text in ["a@evil.com", "a@sub.example.com", "a@example.com.", "a@xexample.com"] {
            #expect(email(text) == .failure(.domainNotListed), "\(text)")
        }
    }

    @Test func `who is linked is known whatever the address says`() {
        for role in Role.builtIn {
            let decision = decide(.failure(.emailNotVerified), linked: account(role))
            #expect(decision == .known(Self.user))
        }
        #expect(decide(linked: account(isDisabled: true)) == .refused(.disabled))
        var foreign = account()
        foreign.role = "chief"
        #expect(decide(linked: foreign) == .refused(.disabled))
    }

    @Test func `an address finds an account once, and never an owner's`() {
        for role in Role.builtIn where role != .owner {
            #expect(decide(named: account(role)) == .link(Self.user))
        }
        #expect(decide(named: account(.owner)) == .refused(.ownersAreNotLinked))
        #expect(decide(named: account(isLinked: true)) == .refused(.linkedOtherwise))
        #expect(decide(named: account(isDisabled: true)) == .refused(.disabled))
        #expect(decide(.failure(.domainNotListed), named: account()) == .refused(.domainNotListed))
        #expect(decide() == .create(email: "a@example.com"))
        #expect(decide(creates: false) == .refused(.notCreated))
        #expect(decide(creates: false, named: account()) == .link(Self.user))
    }

    @Test func `state and cookie are not each other's`() {
        let (tenant, login) = (TenantID(), ProviderLoginID())
        let state = ProviderLoginToken(.state, tenant: tenant, login: login)
        let read = ProviderLoginToken(.state, state.text)
        #expect(read?.hash == state.hash && read?.login == login && read?.tenant == tenant)
        #expect(ProviderLoginToken(.browser, state.text) == nil)
        #expect(ProviderLoginToken(.browser, tenant: tenant, login: login).hash != state.hash)
        for text in ["", "sparc_state_", state.text + "A", String(state.text.dropLast()), "x"] {
            #expect(ProviderLoginToken(.state, text) == nil)
        }
        #expect(!"\(state) \(String(reflecting: state))".contains(state.text.suffix(20)))
    }
}
