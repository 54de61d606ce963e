import Domain
import Identity
import Testing

struct PlaylistTicketTests {
    private static let key = [UInt8](repeating: 9, count: 32)

    @Test func `a ticket is good for its camera until it expires`() throws {
        let ticket = PlaylistTicket(
            tenant: TenantID(),
            user: UserID(),
            session: SessionID(),
            camera: CameraID(),
            allowsArchive: true,
            expiresAt: 1_800_000_000
        )
        let text = ticket.text(key: Self.key)
        let before = WallTime(seconds: 1_799_999_999)
        #expect(
            try PlaylistTicket(text, camera: ticket.camera, key: Self.key, now: before) == ticket
        )
        #expect(throws: TokenError(.expired)) {
            try PlaylistTicket(
                text,
                camera: ticket.camera,
                key: Self.key,
                now: WallTime(seconds: 1_800_000_000)
            )
        }
        #expect(throws: TokenError(.notAuthentic)) {
            try PlaylistTicket(text, camera: CameraID(), key: Self.key, now: before)
        }
        #expect(throws: TokenError(.notAuthentic)) {
            try PlaylistTicket(
                text,
                camera: ticket.camera,
                key: [UInt8](repeating: 8, count: 32),
                now: before
            )
        }
        for index in text.indices {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "x" ? "y" : "x")
            #expect(throws: TokenError.self) {
                try PlaylistTicket(changed, camera: ticket.camera, key: Self.key, now: before)
            }
        }
    }
}
