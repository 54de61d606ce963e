/// Calls `body` with a null-terminated array of C strings, valid until it returns.
func withCStrings<Value>(
    _ texts: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
) -> Value {
    let bytes = texts.map { Array($0.utf8CString) }
    var flat: [CChar] = []
    var offsets: [Int] = []
    for text in bytes {
        offsets.append(flat.count)
        flat.append(contentsOf: text)
    }
    return unsafe flat.withUnsafeBufferPointer { buffer in
        var pointers: [UnsafePointer<CChar>?] = unsafe offsets.map { offset in
            unsafe buffer.baseAddress.map { unsafe $0 + offset }
        }
        unsafe pointers.append(nil)
        return unsafe pointers.withUnsafeBufferPointer { list in
            // The list holds at least the null at its end.
            unsafe body(list.baseAddress.unsafelyUnwrapped)
        }
    }
}

/// Calls `body` with one pointer per value, null for a null value, valid until it returns.
func withPointers<Value>(
    to values: [[UInt8]?],
    _ body: ([UnsafePointer<CChar>?]) -> Value
) -> Value {
    var flat: [UInt8] = []
    var offsets: [Int?] = []
    for value in values {
        offsets.append(value == nil ? nil : flat.count)
        flat.append(contentsOf: value ?? [])
    }
    // An empty value needs an address too, which an empty array does not have.
    flat.append(0)
    return unsafe flat.withUnsafeBytes { buffer in
        let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        let pointers: [UnsafePointer<CChar>?] = unsafe offsets.map { offset in
            guard let offset, let base = unsafe base else { return nil }
            return unsafe base + offset
        }
        return unsafe body(pointers)
    }
}
