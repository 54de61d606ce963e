/// Unwrapping of 32-bit RTP time stamps.
enum RTPStamp {
    /// The value that a stamp stands for, nearest to a reference: at most 2^31 away from it.
    static func extended(_ stamp: UInt32, near reference: Int64) -> Int64 {
        let difference = stamp &- UInt32(truncatingIfNeeded: reference)
        return reference &+ Int64(Int32(bitPattern: difference))
    }
}
