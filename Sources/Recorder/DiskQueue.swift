internal import Domain
internal import Spool

/// The I/O thread's end of the disk: makes tickets and hands chunks to the writer in order.
final class DiskQueue {
    /// How many streams share the queue's limit.
    var streams = 0

    private let writer: DiskWriter
    private var tickets: UInt64 = 0

    init(_ writer: DiskWriter) {
        self.writer = writer
    }

    func ticket(_ identity: ChunkIdentity) -> ChunkTicket {
        tickets += 1
        return ChunkTicket(number: tickets, identity: identity)
    }

    /// Queues a fragment, and before the first of a chunk its header. False if the queue is full:
    /// the chunk must then be given up.
    func write(_ fragment: Fragment, of chunk: ChunkRecording) -> Bool {
        if !chunk.isOnDisk {
            let create = DiskWriter.Command.create(
                chunk.ticket,
                chunk.header,
                initialization: chunk.initialization
            )
            guard writer.submit(create, streams: streams) else { return false }
            chunk.isOnDisk = true
        }
        return writer.submit(.append(chunk.ticket, fragment), streams: streams)
    }

    func close(_ ticket: ChunkTicket, _ end: ChunkEnd) {
        // Without bytes it always fits.
        _ = writer.submit(.close(ticket, end), streams: streams)
    }
}
