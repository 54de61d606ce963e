import Domain
import Files
import Foundation
import ObjectStore
import Spool
import TestSupport
import Testing

/// A disk whose syncs fail: what it did not say to be durable is never taken as durable.
@Suite(.serialized, .enabled(if: PowerCutDisk.isPossible, "needs root and a loop device"))
struct FailingDiskTests {
    private func file(_ path: String) throws -> UInt64 {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require((attributes[.systemFileNumber] as? NSNumber)?.uint64Value)
    }

    @Test func `a chunk whose sync failed is written anew before it is sealed`() throws {
        let disk = try PowerCutDisk(megabytes: 32)
        defer { disk.remove() }
        let root = disk.folder + "/spool"
        try FileSystem.makeFolder(root)
        let layout = SpoolLayout(root: root)
        let tape = CameraTape(layout, TenantID(), chunkFragments: 8)
        for _ in 0..<9 { try tape.append() }
        let index = SpoolIndex(root: root)
        _ = try index.recover()
        tape.stop()
        try SpoolSync(root: root).run()
        let chunk = try #require(index.closedUnshipped().first)
        let identity = chunk.chunk.identity
        let sealed = SealedChunk(
            chunk: chunk.chunk,
            sha256: try FileHash.sha256(of: chunk.path).hex,
            length: chunk.chunk.length
        )
        let (data, journal) = (try file(chunk.path), try file(layout.journal(identity)))
        try disk.cut()
        let error = #expect(throws: FileError.self) { try index.markSealed(sealed) }
        #expect(error?.code == .ioFailure)
        #expect(error?.isRetryable == false)
        #expect(index.offer(identity) == nil)
        // The disk is well again; the process still knows that it was not.
        try disk.restore()
        try index.markSealed(sealed)
        #expect(try file(chunk.path) != data)
        #expect(try file(layout.journal(identity)) != journal)
        #expect(try FileHash.sha256(of: chunk.path).hex == sealed.sha256)
        #expect(index.offer(identity)?.sealed == sealed)
        // Now it is known to be durable.
        try disk.cut()
        try disk.restore()
        let next = SpoolIndex(root: root)
        #expect(try next.recover() == [])
        #expect(next.offer(identity)?.sealed == sealed)
        #expect(try FileHash.sha256(of: chunk.path).hex == sealed.sha256)
    }

    @Test func `bytes that a failed sync lost are found before they are sealed`() throws {
        let disk = try PowerCutDisk(megabytes: 32)
        defer { disk.remove() }
        let root = disk.folder + "/spool"
        try FileSystem.makeFolder(root)
        let layout = SpoolLayout(root: root)
        let tape = CameraTape(layout, TenantID(), chunkFragments: 8)
        for _ in 0..<9 { try tape.append() }
        tape.stop()
        let index = SpoolIndex(root: root)
        _ = try index.recover()
        try SpoolSync(root: root).run()
        let chunk = try #require(index.closedUnshipped().first)
        let sealed = SealedChunk(
            chunk: chunk.chunk,
            sha256: try FileHash.sha256(of: chunk.path).hex,
            length: chunk.chunk.length
        )
        try disk.cut()
        #expect(throws: FileError.self) { try index.markSealed(sealed) }
        try disk.restore()
        // What an evicted page shows after a write that never arrived.
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: chunk.path)))
        bytes[bytes.count - 5] ^= 0xff
        try Data(bytes).write(to: URL(fileURLWithPath: chunk.path))
        let error = #expect(throws: FileError.self) { try index.markSealed(sealed) }
        #expect(error?.code == .damaged)
        #expect(index.offer(sealed.chunk.identity) == nil)
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: chunk.path))) == bytes)
    }

    @Test func `a journal that may not be durable is written anew before a drop is marked`() throws
    {
        let disk = try PowerCutDisk(megabytes: 32)
        defer { disk.remove() }
        let root = disk.folder + "/spool"
        try FileSystem.makeFolder(root)
        let layout = SpoolLayout(root: root)
        let tape = CameraTape(layout, TenantID(), chunkFragments: 8)
        for _ in 0..<9 { try tape.append() }
        tape.stop()
        let index = SpoolIndex(root: root)
        _ = try index.recover()
        try SpoolSync(root: root).run()
        let identity = try #require(index.closedUnshipped().first).chunk.identity
        let journal = try file(layout.journal(identity))
        try disk.cut()
        #expect(throws: FileError.self) { try index.markDropped(identity) }
        try disk.restore()
        #expect(index.drops().isEmpty && index.chunk(identity) != nil)
        try index.markDropped(identity)
        #expect(try file(layout.dropped(identity)) != journal)
    }

    @Test func `a mark of a drop that is not durable is taken back`() throws {
        let disk = try PowerCutDisk(megabytes: 32)
        defer { disk.remove() }
        let root = disk.folder + "/spool"
        try FileSystem.makeFolder(root)
        let tape = CameraTape(SpoolLayout(root: root), TenantID(), chunkFragments: 8)
        for _ in 0..<9 { try tape.append() }
        tape.stop()
        let index = SpoolIndex(root: root)
        _ = try index.recover()
        try SpoolSync(root: root).run()
        let chunk = try #require(index.closedUnshipped().first)
        try disk.cut()
        #expect(throws: FileError.self) { try index.markDropped(chunk.chunk.identity) }
        #expect(index.drops().isEmpty)
        #expect(index.chunk(chunk.chunk.identity) != nil)
        try disk.restore()
        try index.markDropped(chunk.chunk.identity)
        index.withdrawDropped(chunk.chunk.identity)
        try disk.cut()
        try disk.restore()
        let next = SpoolIndex(root: root)
        #expect(try next.recover() == [])
        #expect(next.drops().map(\.identity) == [chunk.chunk.identity])
        #expect(try FileSystem.length(of: chunk.path) == nil)
    }
}
