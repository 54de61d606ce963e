import Domain
import Identity
import Testing

/// What a device shows that has logged in before.
struct DeviceTokenTests {
    private static let key = [UInt8](repeating: 7, count: 32)
    private static let now = WallTime(seconds: 1_800_000_000)

    @Test func `a token is of one account, for half a year`() throws {
        let token = DeviceToken(now: Self.now, hasShownCode: false)
        let text = token.text(account: "a", key: Self.key)
        func read(_ text: String, _ account: String = "a", at seconds: Int64 = 0) -> DeviceToken? {
            DeviceToken(
                text,
                account: account,
                key: Self.key,
                now: WallTime(seconds: 1_800_000_000 + seconds)
            )
        }
        #expect(read(text) == token)
        #expect(read(text)?.text(account: "a", key: Self.key) == text)
        #expect(read(text, "b") == nil)
        #expect(read(text, at: DeviceToken.lifetime - 1) == token)
        #expect(read(text, at: DeviceToken.lifetime) == nil)
        #expect(DeviceToken(now: Self.now, hasShownCode: false).id != token.id)
        // Each login is the beginning of another half year, and a code stays shown.
        let later = WallTime(seconds: 1_800_000_000 + 1_000)
        let renewed = token.renewed(now: later, hasShownCode: true)
        #expect(renewed.id == token.id)
        let shown = read(renewed.text(account: "a", key: Self.key), at: DeviceToken.lifetime + 999)
        #expect(shown?.hasShownCode == true)
        #expect(read(text)?.hasShownCode == false)
        #expect(renewed.renewed(now: later, hasShownCode: false).hasShownCode)
        #expect(
            DeviceToken(text, account: "a", key: [UInt8](repeating: 8, count: 32), now: Self.now)
                == nil
        )
    }

    @Test func `nothing but the token itself is one`() {
        let text = DeviceToken(now: Self.now, hasShownCode: true).text(account: "a", key: Self.key)
        var wrong = ["", "x", "sparc_dev_", text + "A", String(text.dropLast()), " " + text]
        for index in text.indices {
            let other: Character = text[index] == "A" ? "B" : "A"
            wrong.append(text.replacingCharacters(at: index, with: other))
        }
        for text in wrong {
            #expect(
                DeviceToken(text, account: "a", key: Self.key, now: Self.now) == nil,
                "\(text)"
            )
        }
    }
}

extension String {
    fileprivate func replacingCharacters(at index: Index, with other: Character) -> String {
        String(self[..<index]) + String(other) + String(self[self.index(after: index)...])
    }
}
