import Foundation
import Identity
import Testing

struct RoleTests {
    @Test func `a role is named by its word, or by an id of the organisation's own`() {
        for role in Role.builtIn { #expect(Role.named(role.rawValue) == role) }
        #expect(Role.named("own") == nil && Role.named("Owner") == nil && Role.named("") == nil)
        #expect(Role.named("0190c3a1-5a2f-7c3e-9b4d-1f2e3d4c5b6a") == .own)
    }

    /// The README's table is what was decided; a role that has more or less fails here.
    @Test func `the roles have the permissions that the README says`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let head = try #require(lines.firstIndex { $0.first == "permission" })
        #expect(Array(lines[head].dropFirst()) == Role.builtIn.map(\.rawValue))
        let rows = lines[(head + 2)...].prefix { $0.first?.hasPrefix("`") ?? false }
        #expect(rows.map { $0[0] } == Permission.allCases.map { "`\($0.rawValue)`" })
        for (permission, row) in zip(Permission.allCases, rows) {
            for (role, word) in zip(Role.builtIn, row.dropFirst()) {
                #expect(
                    role.permissions.contains(permission) == (word == "yes"),
                    "\(role.rawValue) and \(permission.rawValue)"
                )
            }
        }
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
