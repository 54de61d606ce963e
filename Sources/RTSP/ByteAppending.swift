extension [UInt8] {
    /// Copies a span to the end at the speed of a block copy; capacity grows geometrically.
    mutating func append(copying bytes: Span<UInt8>) {
        let needed = count + bytes.count
        if needed > capacity {
            reserveCapacity(Swift.max(needed, capacity * 2))
        }
        append(addingCapacity: bytes.count) { output in
            for index in bytes.indices {
                output.append(bytes[index])
            }
        }
    }
}
