/// Why footage is kept; the value of the object tag `sparc:class`.
package enum RetentionClass: String, Sendable, Codable, Hashable, CaseIterable {
    case continuous
    case event
    case evidence
}
