/// A fair choice of a fixed number out of elements that come one by one (Vitter's algorithm R);
/// the same elements and seed give the same choice.
struct Reservoir<Element> {
    private let size: Int
    private var generator: Generator
    private var offered: UInt64 = 0
    private(set) var picked: [Element] = []

    init(size: Int, seed: UInt64) {
        self.size = size
        generator = Generator(state: seed)
    }

    mutating func offer(_ element: Element) {
        offered += 1
        if picked.count < size {
            picked.append(element)
            return
        }
        guard size > 0 else { return }
        let place = UInt64.random(in: 0..<offered, using: &generator)
        if place < UInt64(size) { picked[Int(place)] = element }
    }

    /// splitmix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }
}
