package import Domain

/// Where the oldest chunk of a camera begins, in one day, that a quota may delete.
package struct FirstFootage: Hashable, Sendable {
    package var camera: CameraName
    package var start: WallTime
}
