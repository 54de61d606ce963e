import Identity
import Testing

struct LoginDecisionTests {
    @Test func `only a right password of an enabled user with a known role is granted`() {
        for isRight in [true, false] {
            for role in [nil, "owner", "emperor"] {
                for isDisabled in [true, false] {
                    for isWellKnown in [true, false] {
                        for isDevelopment in [true, false] {
                            let decision = LoginDecision.decide(
                                isPasswordRight: isRight,
                                role: role,
                                isDisabled: isDisabled,
                                isDevelopmentLogin: isWellKnown,
                                isDevelopment: isDevelopment
                            )
                            let mayGo =
                                isRight && role == "owner" && !isDisabled
                                && (isDevelopment || !isWellKnown)
                            #expect(decision == (mayGo ? .granted(.owner) : .refused))
                        }
                    }
                }
            }
        }
    }

    @Test func `the development login is recognised in any case`() {
        #expect(DevelopmentLogin.isNamed(tenant: "Development", email: "Admin@Sparc.dev"))
        #expect(!DevelopmentLogin.isNamed(tenant: "other", email: "admin@sparc.dev"))
    }
}
