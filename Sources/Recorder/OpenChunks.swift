internal import Domain
internal import Files
internal import Spool

/// The chunks that the disk thread has open. An error ends a chunk: its later commands do nothing.
struct OpenChunks {
    private let layout: SpoolLayout
    private var writers: [UInt64: ChunkWriter] = [:]

    init(_ layout: SpoolLayout) {
        self.layout = layout
    }

    mutating func run(_ command: DiskWriter.Command) -> DiskWriter.Outcome? {
        let ticket = command.ticket
        do throws(FileError) {
            switch command {
            case .create(_, let header, let initialization):
                writers[ticket.number] = try ChunkWriter(
                    layout,
                    header,
                    initialization: initialization
                )
                return nil
            case .append(_, let fragment):
                guard let writer = writers[ticket.number] else { return nil }
                try writer.append(
                    fragment.bytes,
                    start: fragment.start,
                    duration: fragment.duration,
                    isIndependent: fragment.isIndependent,
                    beginsSegment: fragment.beginsSegment,
                    endsSegment: fragment.endsSegment
                )
                let header = writer.header
                let length = fragment.start + fragment.duration - header.mediaStart
                return .written(
                    ticket,
                    until: header.start + length,
                    isBorder: fragment.isBorder
                )
            case .close(_, let end):
                guard let writer = writers.removeValue(forKey: ticket.number) else { return nil }
                try writer.close(end)
                return .written(ticket, until: nil, isBorder: true)
            }
        } catch {
            let isBegun = writers.removeValue(forKey: ticket.number) != nil
            return .failed(ticket, message: Self.text(of: error), isBegun: isBegun)
        }
    }

    /// For an operator: what happened to the disk.
    private static func text(of error: FileError) -> String {
        switch error.code {
        case .noSpace: "the disk of the spool folder is full"
        case .ioFailure: "the disk of the spool folder fails: \(error.message)"
        case .noPermission: "the spool folder may not be written to: \(error.message)"
        case .exists, .notFound, .damaged, .other: "a chunk cannot be written: \(error.message)"
        }
    }
}
