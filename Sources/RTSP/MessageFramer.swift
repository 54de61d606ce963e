/// Cuts a session's bytes into interleaved frames and messages, at any split of the bytes.
///
/// A frame that lies whole in the bytes at hand is given as a range of them and never copied; only
/// a cut one is put together in a buffer. A byte that can begin neither ends the session: looking
/// for the next `$` in a stream that has lost its place would find them in picture data.
struct MessageFramer {
    /// Header lines of a message.
    static let fieldLimit = 64
    /// Bytes of one line: a Digest challenge has 300.
    static let lineLimit = 8 << 10
    /// Bytes of start line and header lines together.
    static let headLimit = 64 << 10
    /// Bytes of a body: the description is the only one of interest.
    static let bodyLimit = SessionDescription.sizeLimit

    /// What was cut off.
    enum Piece {
        /// An interleaved frame's content in the bytes given to `next`.
        case frame(channel: UInt8, Range<Int>)
        /// An interleaved frame that came in parts: take it with `takeFrame`.
        case bufferedFrame(channel: UInt8)
        case message(Message)
    }

    private enum State {
        case start
        case frame
        case head
        case body(Message, length: Int)
    }

    private var state = State.start
    private var buffer: [UInt8] = []
    private var lineLength = 0

    /// The next piece, and `position` behind it; nil once the bytes are used up.
    mutating func next(_ bytes: Span<UInt8>, _ position: inout Int) throws(RTSPError) -> Piece? {
        while position < bytes.count {
            switch state {
            case .start:
                if let piece = try begin(bytes, &position) { return piece }
            case .frame:
                if let piece = continueFrame(bytes, &position) { return piece }
            case .head:
                if let message = try continueHead(bytes, &position) { return .message(message) }
            case .body(let message, let length):
                if let whole = continueBody(message, length, bytes, &position) {
                    return .message(whole)
                }
            }
        }
        return nil
    }

    /// The frame that `next` has just announced, with its 4 bytes of header; give the storage back
    /// with `reuse` when it has been read.
    mutating func takeFrame() -> [UInt8] {
        var frame: [UInt8] = []
        swap(&frame, &buffer)
        return frame
    }

    mutating func reuse(_ storage: consuming [UInt8]) {
        storage.removeAll(keepingCapacity: true)
        buffer = storage
    }

    private mutating func begin(
        _ bytes: Span<UInt8>,
        _ position: inout Int
    ) throws(RTSPError) -> Piece? {
        let first = bytes[position]
        switch first {
        case 36:
            let available = bytes.count - position
            if available >= 4 {
                let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
                if available >= 4 + length {
                    let content = (position + 4)..<(position + 4 + length)
                    let channel = bytes[position + 1]
                    position = content.upperBound
                    return .frame(channel: channel, content)
                }
            }
            state = .frame
        case 10, 13: position += 1
        case 65...90: state = .head
        default: throw Message.unreadable
        }
        return nil
    }

    private mutating func continueFrame(
        _ bytes: Span<UInt8>,
        _ position: inout Int
    ) -> Piece? {
        while buffer.count < 4, position < bytes.count {
            buffer.append(bytes[position])
            position += 1
        }
        guard buffer.count >= 4 else { return nil }
        let length = Int(buffer[2]) << 8 | Int(buffer[3])
        let take = min(4 + length - buffer.count, bytes.count - position)
        buffer.append(copying: bytes.extracting(position..<(position + take)))
        position += take
        guard buffer.count == 4 + length else { return nil }
        state = .start
        return .bufferedFrame(channel: buffer[1])
    }

    private mutating func continueHead(
        _ bytes: Span<UInt8>,
        _ position: inout Int
    ) throws(RTSPError) -> Message? {
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            buffer.append(byte)
            guard byte == 10 else {
                if byte != 13 { lineLength += 1 }
                guard lineLength <= Self.lineLimit, buffer.count <= Self.headLimit else {
                    throw RTSPError(
                        .limit,
                        "the camera sent a header of more than \(Self.headLimit >> 10) KiB"
                            + " or a line of more than \(Self.lineLimit >> 10) KiB"
                    )
                }
                continue
            }
            if lineLength == 0 { return try finishHead() }
            lineLength = 0
        }
        return nil
    }

    private mutating func finishHead() throws(RTSPError) -> Message? {
        let message = try Message(head: buffer)
        let length = try message.contentLength()
        buffer.removeAll(keepingCapacity: buffer.capacity <= Self.headLimit)
        lineLength = 0
        guard length > 0 else {
            state = .start
            return message
        }
        state = .body(message, length: length)
        return nil
    }

    private mutating func continueBody(
        _ message: Message,
        _ length: Int,
        _ bytes: Span<UInt8>,
        _ position: inout Int
    ) -> Message? {
        let take = min(length - buffer.count, bytes.count - position)
        buffer.append(copying: bytes.extracting(position..<(position + take)))
        position += take
        guard buffer.count == length else { return nil }
        var whole = message
        whole.body = buffer
        buffer = []
        state = .start
        return whole
    }
}
