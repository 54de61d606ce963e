import Domain
import Foundation
import Identity
import Keys
import TestSupport

/// Texts that are nearly tokens, by a seed: parts of good ones that were cut, changed, doubled and put
/// together again, and JSON that is nearly that of a token.
struct TokenMutation {
    private var random: SeededRandom
    private let seeds: [String]

    init(seed: UInt64, from seeds: [String]) {
        random = SeededRandom(seed: seed)
        self.seeds = seeds
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \n\0é{}[]\":,"
            .unicodeScalars
    )
    private static let values = [
        "null", "true", "0", "-1", "1e400", "99999999999999999999", "0.5", #""""#, #""\u0000""#,
        "[]", "{}", "[[[[[[[[[[]]]]]]]]]]", #""sparc""#, #""EdDSA""#, #""none""#, #""\ud800""#,
        #""at+jwt""#, #""jwt-secret""#, #"["sparc-api"]"#, "1800000300", "9223372036854775807",
    ]
    private static let names = [
        "alg", "typ", "kid", "crit", "b64", "iss", "aud", "sub", "tenant", "role", "sid", "jti",
        "iat", "exp", "nbf", "home", "permissions", "enrol", "jwk", "",
    ]

    private mutating func number(_ range: Range<Int>) -> Int {
        range.isEmpty ? range.lowerBound : Int.random(in: range, using: &random)
    }

    private mutating func pick<Element>(_ list: [Element]) -> Element {
        list[number(0..<list.count)]
    }

    /// Changes characters of a text at random places.
    private mutating func scramble(_ text: String) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<number(1..<6) {
            let place = number(0..<max(1, scalars.count))
            switch number(0..<5) {
            case 0: scalars.insert(pick(Self.alphabet), at: min(place, scalars.count))
            case 1 where place < scalars.count: scalars.remove(at: place)
            case 2 where place < scalars.count: scalars[place] = pick(Self.alphabet)
            case 3: scalars.removeLast(min(scalars.count, number(0..<20)))
            default:
                let end = min(scalars.count, place + number(0..<40))
                if place < end { scalars.insert(contentsOf: scalars[place..<end], at: place) }
            }
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// JSON with members that were added, doubled, changed or broken.
    mutating func json(_ text: String) -> String {
        var text = text
        for _ in 0..<number(1..<4) {
            switch number(0..<4) {
            case 0:
                text = text.dropLast() + #","\#(pick(Self.names))":\#(pick(Self.values))}"#
            case 1:
                text = #"{"\#(pick(Self.names))":\#(pick(Self.values)),"# + text.dropFirst()
            case 2:
                let name = #""\#(pick(Self.names))":"#
                text = text.replacing(name, with: name + pick(Self.values) + #","x":"#)
            default: text = scramble(text)
            }
        }
        return text
    }

    /// The next text.
    mutating func next() -> String {
        let one = pick(seeds)
        var parts = one.split(separator: ".", omittingEmptySubsequences: false).map { String($0) }
        switch number(0..<5) {
        case 0: return scramble(one)
        case 1:
            let place = number(0..<parts.count)
            parts[place] = scramble(parts[place])
        case 2:
            let place = number(0..<parts.count)
            parts[place] = pick(
                pick(seeds).split(separator: ".", omittingEmptySubsequences: false).map {
                    String($0)
                }
            )
        case 3:
            let place = number(0..<min(2, parts.count))
            guard let bytes = Base64.decoded(parts[place]) else { return scramble(one) }
            let text = json(String(decoding: bytes, as: UTF8.self))
            parts[place] = Base64.urlEncoded(Array(text.utf8))
        default:
            let place = number(0..<parts.count)
            let bytes = (0..<number(0..<300)).map { _ in UInt8(number(0..<256)) }
            parts[place] = Base64.urlEncoded(bytes)
        }
        return parts.joined(separator: ".")
    }
}
