import Identity
import Testing

struct RoleTests {
    @Test func `each role may do what the one below it may`() {
        let order: [Role] = [.viewer, .operator, .administrator, .owner]
        for (lower, higher) in zip(order, order.dropFirst()) {
            #expect(lower.permissions.isStrictSubset(of: higher.permissions))
        }
        #expect(!Role.viewer.permissions.contains(.videoArchive))
        #expect(!Role.operator.permissions.contains(.camerasWrite))
        #expect(!Role.administrator.permissions.contains(.tenantManage))
    }
}
