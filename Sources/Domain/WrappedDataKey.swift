/// A data key of a tenant as it is stored: encrypted by a key service.
package struct WrappedDataKey: Hashable, Sendable {
    /// Counts from 1 for each tenant; never used again, also when the key is deleted.
    package var number: UInt32
    /// What the key service made of it, up to 4,096 bytes.
    package var wrapped: [UInt8]

    package init(number: UInt32, wrapped: [UInt8]) {
        self.number = number
        self.wrapped = wrapped
    }
}
