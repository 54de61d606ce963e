import Domain

/// Puts NAL units together to pictures and parameter sets to `VideoParameters`.
///
/// A picture ends where the RTP timestamp changes or at the marker bit, but a marker before the
/// first slice ends nothing: cameras set it on parameter sets and SEI too. A picture of which a
/// piece is known to be missing is dropped. The bytes grow in place, behind a 4-byte length that is
/// written when a NAL unit closes, so a packet costs one copy and no allocation of its own.
struct AccessUnitAssembler {
    /// Bytes of one picture. A key picture of a 4K camera at its best quality stays under 4 MiB.
    static let unitLimit = 8 << 20
    /// Pictures whose slices are searched for start codes. A camera that leaves them in does so
    /// from the first picture; searching all of all pictures would cost more than the parsing.
    static let searchedUnits = 16
    private static let prefixLength = 4

    private let codec: VideoCodec
    private var sets: ParameterSetStore
    private var announced: VideoParameters?
    private var setsChanged = false

    private var unit: [UInt8] = []
    private var timestamp: UInt32?
    private var finishedTimestamp: UInt32?
    private var openNAL: Int?
    private var hasPicture = false
    private var isKey = false
    private var isDamaged = false
    /// True at the start and after loss, until a slice is good: what is missing then is no news.
    private var isExcused = true
    private var ignoresMarker = false
    private var searchesLeft = Self.searchedUnits
    private var usualSize = 4_096

    /// Pieces that could not be used since the last `takeProblems`.
    private var problems = 0

    /// `known` are the sets of the SDP, which count as announced once complete.
    init(codec: VideoCodec, known: [[UInt8]]) {
        self.codec = codec
        sets = ParameterSetStore(codec: codec)
        for set in known { _ = sets.take(set.span) }
        announced = sets.parameters
    }

    /// Complete sets that were announced, or nil.
    var parameters: VideoParameters? {
        announced
    }

    /// Whether a fragmented NAL unit is being put together.
    var isOpen: Bool {
        openNAL != nil
    }

    /// Whether a key picture has begun and not ended.
    var isInKeyPicture: Bool {
        mutating get { findsKeyPicture() }
    }

    private func findsKeyPicture() -> Bool {
        if isKey { return true }
        guard let start = openNAL else { return false }
        let nal = unit.span.extracting(min(start + Self.prefixLength, unit.count)..<unit.count)
        if case .slice(isKey: true, _) = NALUnitKind(codec: codec, nal: nal) { return true }
        return false
    }

    mutating func takeProblems() -> Int {
        defer { problems = 0 }
        return problems
    }

    /// The next packet belongs to the picture of this timestamp; `afterLoss` says that packets
    /// before it are missing.
    mutating func begin(_ time: UInt32, afterLoss: Bool, _ events: inout EventQueue) {
        if afterLoss {
            discardOpen()
            isDamaged = isDamaged || hasPicture || !unit.isEmpty
            isExcused = true
            finishedTimestamp = nil
        }
        guard let current = timestamp else {
            timestamp = time
            return
        }
        guard current != time else { return }
        finish(&events)
        timestamp = time
    }

    /// The packet has been read.
    mutating func end(marker: Bool, _ events: inout EventQueue) {
        guard marker, !ignoresMarker else { return }
        close()
        if hasPicture || isDamaged { finish(&events) }
    }

    /// Takes a whole NAL unit.
    mutating func append(_ nal: Span<UInt8>) throws(RTSPError) {
        close()
        guard !nal.isEmpty else { return }
        open()
        try grow(nal)
        close()
    }

    /// Begins a fragmented NAL unit whose header these bytes are; the second is for H.265. One that
    /// is still open has ended: not every camera sets the end bit.
    mutating func open(header: UInt8, _ second: UInt8? = nil) {
        close()
        open()
        unit.append(header)
        if let second { unit.append(second) }
    }

    /// More of the open NAL unit.
    mutating func grow(_ bytes: Span<UInt8>) throws(RTSPError) {
        guard unit.count + bytes.count <= Self.unitLimit else {
            throw RTSPError(
                .limit,
                "the camera sent a picture of more than \(Self.unitLimit >> 20) MiB"
            )
        }
        unit.append(copying: bytes)
    }

    /// A piece of the current picture is known to be missing or unreadable.
    mutating func damage() {
        if !isDamaged, !isExcused { problems += 1 }
        isDamaged = true
    }

    /// A packet or piece that says nothing about the picture was unreadable.
    mutating func complain() {
        problems += 1
    }

    /// Ends the open NAL unit and decides what becomes of it.
    mutating func close() {
        guard let start = openNAL else { return }
        openNAL = nil
        let body = start + Self.prefixLength
        let kind = NALUnitKind(codec: codec, nal: unit.span.extracting(body..<unit.count))
        if case .slice = kind, searchesLeft == 0 {
            settle(kind, from: start)
            return
        }
        guard StartCodes.first(in: unit.span.extracting(body..<unit.count)) != nil else {
            settle(kind, from: start)
            return
        }
        split(from: start)
    }

    private mutating func open() {
        openNAL = unit.count
        if unit.isEmpty { unit.reserveCapacity(usualSize) }
        for _ in 0..<Self.prefixLength { unit.append(0) }
    }

    private mutating func discardOpen() {
        guard let start = openNAL else { return }
        openNAL = nil
        unit.removeSubrange(start...)
        isDamaged = true
    }

    /// The rare way: a payload that holds Annex B start codes becomes the units between them.
    private mutating func split(from start: Int) {
        var whole: [UInt8] = []
        whole.append(copying: unit.span.extracting((start + Self.prefixLength)..<unit.count))
        unit.removeSubrange(start...)
        for piece in StartCodes.split(whole.span) {
            let nal = whole.span.extracting(piece)
            let kind = NALUnitKind(codec: codec, nal: nal)
            if case .slice = kind { searchesLeft = .max }
            let begin = unit.count
            for _ in 0..<Self.prefixLength { unit.append(0) }
            unit.append(copying: nal)
            settle(kind, from: begin)
        }
    }

    private mutating func settle(_ kind: NALUnitKind, from start: Int) {
        let body = start + Self.prefixLength
        switch kind {
        case .slice(let key, let first):
            if !hasPicture, !first { headless() }
            if !isDamaged { isExcused = false }
            hasPicture = true
            isKey = isKey || key
            if key {
                let end = min(unit.count, body + ParameterSetStore.sliceBytes)
                if sets.use(slice: Array(unit[body..<end])) { setsChanged = true }
            }
        case .kept: break
        case .parameterSet:
            collect(from: start)
            return
        case .dropped:
            unit.removeSubrange(start...)
            return
        case .invalid:
            if unit.count > body { problems += 1 }
            unit.removeSubrange(start...)
            return
        }
        let length = UInt32(unit.count - body)
        for index in 0..<Self.prefixLength {
            unit[start + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - index * 8))
        }
    }

    /// Takes a parameter set out of the unit.
    private mutating func collect(from start: Int) {
        var set: [UInt8] = []
        let body = start + Self.prefixLength
        if unit.count - body <= ParameterSetStore.sizeLimit {
            set.append(copying: unit.span.extracting(body..<unit.count))
        }
        unit.removeSubrange(start...)
        switch sets.take(set.span) {
        case .changed: setsChanged = true
        case .unchanged: break
        case .unusable: problems += 1
        }
    }

    /// The first slice of this unit is not the first of its picture: either its beginning was lost,
    /// or the camera sets the marker on every slice and the beginning has gone out already.
    private mutating func headless() {
        if timestamp == finishedTimestamp { ignoresMarker = true }
        damage()
    }

    private mutating func finish(_ events: inout EventQueue) {
        close()
        if isDamaged {
            clear()
            return
        }
        // What came before a picture under another timestamp (SEI) goes with the next picture.
        guard hasPicture, let time = timestamp else { return }
        if setsChanged, let parameters = sets.parameters {
            setsChanged = false
            if parameters != announced {
                announced = parameters
                events.append(.parameters(parameters))
            }
        }
        // Without parameter sets no picture can be shown; cameras send them before the first key.
        if announced != nil {
            usualSize = min((usualSize * 3 + unit.count * 5 / 4) / 4, 256 << 10)
            var bytes: [UInt8] = []
            swap(&bytes, &unit)
            let made = MediaUnit(track: .video, rtpTimestamp: time, isKey: isKey, bytes: bytes)
            events.append(.unit(made))
        }
        if searchesLeft > 0, searchesLeft != .max { searchesLeft -= 1 }
        clear()
    }

    private mutating func clear() {
        finishedTimestamp = timestamp
        timestamp = nil
        if !unit.isEmpty { unit.removeAll(keepingCapacity: unit.capacity <= 64 << 10) }
        openNAL = nil
        hasPicture = false
        isKey = false
        isDamaged = false
    }
}
