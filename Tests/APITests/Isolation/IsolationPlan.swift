import Domain
import Foundation
import Identity
import TestSupport

/// All calls of the isolation suite at scale, in an order, and a part of them by seed.
struct IsolationPlan: Sendable {
    /// How the organisation of the id is named beside it.
    enum Manner: Int, Sendable, CaseIterable {
        case plain
        /// UUIDs in capitals are the same ids.
        case capitals
        /// A header that no route reads names the victim's organisation.
        case header
        /// A member of the query does.
        case parameter
        case cookie
    }

    /// One call.
    struct Call: Sendable {
        var operation: String
        var entry: IsolationEntry
        /// The number of the entry among all: what answers are compared by.
        var number: Int
        var role: Role
        var manner: Manner
        /// Nil where the entry takes none.
        var id: String?
        /// Whose id it is; nil for one that is none.
        var victim: Int?
    }

    /// What is no id.
    static let malformed: [String] = [
        "x", "%00", "'", "..%2f", "%2e%2e%2f", "00000000-0000-0000-0000-000000000000", "-1", "0",
        "1", "null", "undefined", "%7B%7D", "*", "%25", "true", "NaN", "1e309", "%F0%9F%9A%AA",
        "0197c0de-0000-4000-8000-00000000dea", "0197c0de-0000-4000-8000-00000000deadd",
        "0197c0de00004000800000000000dead", "%7B0197c0de-0000-4000-8000-00000000dead%7D",
        "urn:uuid:0197c0de-0000-4000-8000-00000000dead", "';SELECT%20pg_sleep(9)--",
    ]

    private(set) var calls: [Call] = []

    /// - Parameters:
    ///   - operations: In the order in which they are called.
    ///   - victims: Ids and ends of pages of each.
    init(_ operations: [String], _ victims: [IsolationWorld.Organisation]) {
        var number = 0
        for operation in operations {
            for entry in IsolationEntry.table[operation] ?? [] {
                number += 1
                for role in Role.builtIn {
                    for manner in Manner.allCases {
                        var call = Call(
                            operation: operation,
                            entry: entry,
                            number: number,
                            role: role,
                            manner: manner
                        )
                        guard entry.takesID else {
                            calls.append(call)
                            continue
                        }
                        for (index, victim) in victims.enumerated() {
                            call.victim = index
                            let ids = victim.ids.values.sorted() + victim.cursors.values.sorted()
                            for id in ids {
                                call.id =
                                    manner == .capitals && id.count == 36
                                    ? id.uppercased() : id
                                calls.append(call)
                            }
                        }
                        call.victim = nil
                        for id in Self.malformed {
                            call.id = id
                            calls.append(call)
                        }
                    }
                }
            }
        }
    }

    /// One call in `share`, in the same order.
    func sample(_ share: Int, seed: UInt64) -> [Call] {
        guard share > 1 else { return calls }
        var random = SeededRandom(seed: seed)
        return calls.filter { _ in Int.random(in: 0..<share, using: &random) == 0 }
    }
}
