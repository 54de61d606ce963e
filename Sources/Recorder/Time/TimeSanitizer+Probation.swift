import Domain

/// The first moments of a connection: pictures are held until latency and order are known.
extension TimeSanitizer {
    /// Takes pictures as the clock lets them go.
    mutating func take(_ placed: [PlacedPicture]) {
        for picture in placed {
            guard isOnProbation else {
                place(picture)
                continue
            }
            var held = probation ?? HeldInput(since: picture.arrival.monotonic.ticks)
            held.append(picture)
            probation = held
        }
    }

    mutating func receiveAudio(_ unit: MediaUnit, at arrival: Arrival) {
        guard audio != nil else { return }
        if isOnProbation {
            // Nothing can be said about the time of audio that comes before the first picture.
            if probation == nil {
                tally.audioBeforeVideo += 1
            } else {
                probation?.append(unit, arrival)
            }
        } else {
            placeAudio(unit, at: arrival)
        }
    }

    mutating func endProbation(ifOverAt arrival: Arrival) {
        if let probation, probation.isOver(at: arrival.monotonic.ticks) {
            endProbation()
        }
    }

    /// Nothing that is held may wait longer.
    mutating func settle() {
        var placed: [PlacedPicture] = []
        clock.settle(into: &placed)
        take(placed)
        endProbation()
    }

    private mutating func endProbation() {
        guard let held = probation else { return }
        probation = nil
        isOnProbation = false
        depth = max(depth, held.depth)
        for item in held.items {
            switch item {
            case .picture(let picture): place(picture)
            case .audio(let unit, let arrival): placeAudio(unit, at: arrival)
            }
        }
    }
}
