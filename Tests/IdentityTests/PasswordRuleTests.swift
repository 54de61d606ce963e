import Identity
import Testing

struct PasswordRuleTests {
    private static let words = ["Owner@example.com", "A Long Organisation"]

    @Test(arguments: ["correct horse", "äöüäöü123456", String(repeating: "abcde", count: 51)])
    func `a long password of some variety is good`(_ password: String) {
        #expect(PasswordRule.problem(password, knowing: Self.words) == nil)
    }

    @Test(arguments: [
        ("", "shorter"), ("elevenchars", "shorter"),
        (String(repeating: "abcdef", count: 50), "longer"),
        ("aaaaaaaaaaaaaaa", "different"), ("owner@EXAMPLE.com", "e-mail"),
        ("a long organisation", "organisation"),
    ])
    func `what is tried first is refused`(_ password: String, _ problem: String) {
        #expect(PasswordRule.problem(password, knowing: Self.words)?.contains(problem) == true)
    }
}
