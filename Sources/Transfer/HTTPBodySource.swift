/// A request body that is read while it is sent, and again from the start when libcurl sends it
/// again over a new connection.
package protocol HTTPBodySource: Sendable {
    /// Bytes in all.
    var length: Int { get }

    /// Up to `count` bytes from `offset`; fewer only at the end. Called on the transfer thread: a
    /// local file, never a network.
    func read(_ count: Int, at offset: Int) throws -> [UInt8]
}
