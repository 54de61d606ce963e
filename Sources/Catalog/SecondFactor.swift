package import Domain

/// A person's second factor as it is kept. Prints nothing of the seed.
package struct SecondFactor: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The seed of the codes, encrypted, opaque here.
    package var sealedSeed: [UInt8]
    /// When its enrolment was begun, which tells it from any other of the person's.
    package var begunAt: WallTime
    /// Nil: enrolment was begun, and no code was shown.
    package var confirmedAt: WallTime?
    /// The step of the last code that was used.
    package var lastStep: Int64
    /// Recovery codes that were not used.
    package var recoveryCodes: Int

    package var description: String {
        "second factor with \(recoveryCodes) recovery codes"
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["recoveryCodes": recoveryCodes])
    }
}
