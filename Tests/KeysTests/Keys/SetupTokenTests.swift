import Keys
import Testing

struct SetupTokenTests {
    @Test func `a token is read from its text, and its link has it in the fragment`() throws {
        let token = SetupToken()
        #expect(token.text.count == 43)
        let read = try #require(SetupToken(token.text))
        #expect(read.hash == token.hash && token.hash.count == 32)
        #expect(SetupToken().text != token.text)
        #expect(token.link(base: "http://h") == "http://h/setup#token=\(token.text)")
    }

    @Test func `anything else is no token`() {
        let text = SetupToken().text
        for wrong in ["", "x", text + "=", text + "A", String(text.dropLast()), " " + text] {
            #expect(SetupToken(wrong) == nil)
        }
    }

    @Test func `it is never printed`() {
        let token = SetupToken()
        #expect(!"\(token) \(String(reflecting: token))".contains(token.text.prefix(8)))
        #expect(Mirror(reflecting: token).children.isEmpty)
    }
}
