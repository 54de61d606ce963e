import Identity
import Testing

struct RoleTests {
    @Test func `a role is named by its word, or by an id of the organisation's own`() {
        for role in Role.builtIn { #expect(Role.named(role.rawValue) == role) }
        #expect(Role.named("own") == nil && Role.named("Owner") == nil && Role.named("") == nil)
        #expect(Role.named("0190c3a1-5a2f-7c3e-9b4d-1f2e3d4c5b6a") == .own)
    }

    @Test func `each role may do what the one below it may`() {
        let order: [Role] = [.viewer, .operator, .administrator, .owner]
        for (lower, higher) in zip(order, order.dropFirst()) {
            #expect(lower.permissions.isStrictSubset(of: higher.permissions))
        }
        for role in Role.builtIn where role != .owner {
            #expect(!role.permissions.contains(.tenantManage))
        }
        #expect(Role.member.permissions.isEmpty && Role.own.permissions.isEmpty)
        #expect(!Role.installer.permissions.contains(.videoArchive))
        #expect(Role.auditor.permissions.isDisjoint(with: [.videoLive, .videoArchive]))
        #expect(!Role.viewer.permissions.contains(.videoArchive))
        #expect(!Role.operator.permissions.contains(.camerasWrite))
        #expect(!Role.administrator.permissions.contains(.tenantManage))
    }
}
