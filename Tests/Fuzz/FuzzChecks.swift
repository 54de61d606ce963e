/// What holds for every unit, whatever the camera sent.
enum FuzzChecks {
    /// A video unit is NAL units behind lengths that fit, without parameter sets.
    static func check(_ events: inout EventQueue) -> Int {
        var total = 0
        while let event = events.pop() {
            switch event {
            case .unit(let unit):
                total += unit.bytes.count
                precondition(unit.bytes.count <= AccessUnitAssembler.unitLimit + 64)
                if unit.track == .video { checkLengths(unit.bytes) }
            case .parameters(let sets):
                precondition(1...PictureSize.sideLimit ~= sets.width)
                precondition(1...PictureSize.sideLimit ~= sets.height)
                precondition(!sets.configurationRecord.isEmpty)
            case .loss(_, let packets): precondition(packets > 0)
            default: break
            }
        }
        return total
    }

    private static func checkLengths(_ bytes: [UInt8]) {
        var position = 0
        while position < bytes.count {
            precondition(bytes.count - position > 4)
            let length = Int(BigEndian.read32(bytes.span, position))
            precondition(length > 0 && length <= bytes.count - position - 4)
            position += 4 + length
        }
    }
}
