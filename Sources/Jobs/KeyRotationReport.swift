/// What a rotation of one organisation's data key did.
package struct KeyRotationReport: Hashable, Sendable {
    /// Number of the current data key; 0: there is none, and nothing that is sealed.
    package var key: UInt32 = 0
    /// Values that were sealed anew.
    package var sealed = 0
    /// Numbers of the data keys that are gone.
    package var deleted: [UInt32] = []
    /// Values that do not open, by their place, and why; what they need stays.
    package var failures: [String: String] = [:]

    package init() {}
}
