import Domain

/// The 16 bytes of an id, for signed and packed texts.
enum PackedIdentifier {
    static let length = 16

    /// From its text: the hex digits without the dashes.
    static func bytes<Subject>(of id: Identifier<Subject>) -> [UInt8] {
        let digits = id.description.utf8.filter { $0 != 45 }.map { digit -> UInt8 in
            digit < 58 ? digit - 48 : digit - 87
        }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    static func identifier<Subject>(_ bytes: [UInt8]?) -> Identifier<Subject>? {
        guard let bytes, bytes.count == length else { return nil }
        let hex = bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        let digits = Array(hex)
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
        return Identifier<Subject>(groups.joined(separator: "-"))
    }
}
