import CLinux

/// CRC-32C by the processor's own instruction, where it has one.
package enum HardwareChecksum {
    /// Whether this processor has it.
    package static let isAvailable = sparc_has_crc32c() != 0

    /// The register after more bytes, without the start value and the final inversion.
    ///
    /// - Returns: Nil where there is no instruction.
    package static func update(_ register: UInt32, _ bytes: Span<UInt8>) -> UInt32? {
        guard isAvailable else { return nil }
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return register }
            return unsafe sparc_crc32c(register, base, buffer.count)
        }
    }
}
