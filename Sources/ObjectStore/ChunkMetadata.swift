package import Domain
import Foundation

/// The `x-amz-meta-*` values of a stored chunk: enough to make its row anew from the store alone.
package enum ChunkMetadata {
    /// Version of this set of values.
    private static let format = "1"
    /// Most bytes of all names, with their prefix, and values: S3 takes 2 KB (user-defined object
    /// metadata). Packed segments of 60 s are about 200 of them; where those of a long chunk would
    /// be too many they are left out, and are to be read from its fragments.
    package static let sizeLimit = 2_048
    private static let prefixLength = "x-amz-meta-".utf8.count
    /// Limits of values that sums are made of; what is outside is damage, and no sum may trap.
    private static let moments: ClosedRange<Int64> = 0...253_402_214_400_000_000
    private static let pixels = 0...65_535
    private static let lengths = 1...(1 << 40)

    /// Names without the `x-amz-meta-` prefix, and values.
    ///
    /// - Parameters:
    ///   - offer: The chunk as it was sealed.
    ///   - tags: Of the same object; retention and class are written with the values too, so that
    ///     one request tells all.
    package static func values(of offer: ChunkOffer, tags: ObjectTags) -> [String: String] {
        let chunk = offer.sealed.chunk
        var values = [
            "format": format, "tenant": chunk.identity.tenant.description,
            "camera": chunk.identity.camera.description,
            "stream": chunk.identity.stream.rawValue, "epoch": String(chunk.identity.epoch),
            "sequence": String(chunk.identity.sequence), "run": chunk.run.description,
            "start": chunk.start.description, "end": chunk.end.description,
            "start-us": String(chunk.start.microseconds),
            "media-start": String(chunk.mediaStart.ticks),
            "init-length": String(chunk.initializationLength),
            "init-hash": chunk.initializationHash, "codecs": chunk.codecs,
            "size": "\(chunk.width)x\(chunk.height)", "sha256": offer.sealed.sha256,
            "length": String(offer.sealed.length),
            "retention": String(tags.retentionDays), "class": tags.retentionClass.rawValue,
        ]
        if let gap = offer.precedingGap {
            values["gap"] =
                "\(gap.start.microseconds),\(gap.end.microseconds),\(gap.reason.rawValue)"
        }
        let segments = Data(PackedSegments.pack(chunk)).base64EncodedString()
        let rest = sizeLimit - size(values) - size(["segments": segments])
        if rest >= 0 { values["segments"] = segments }
        return values
    }

    /// Bytes of all names, with their prefix, and values.
    package static func size(_ values: [String: String]) -> Int {
        values.reduce(0) { $0 + prefixLength + $1.key.utf8.count + $1.value.utf8.count }
    }

    /// What `values` says of a chunk; nil if a value that no chunk is without is missing, damaged
    /// or of a format that this build does not know.
    package static func description(_ values: [String: String]) -> ChunkDescription? {
        guard values["format"] == format,
            let identity = identity(values),
            let run = values["run"].flatMap({ RunID($0) }),
            let start = values["start-us"].flatMap({ Int64($0) }), moments.contains(start),
            let mediaStart = values["media-start"].flatMap({ Int64($0) }),
            PackedSegments.ticks.contains(mediaStart),
            let initialization = values["init-length"].flatMap({ Int($0) }),
            lengths.contains(initialization),
            let hash = values["init-hash"], let codecs = values["codecs"],
            let size = values["size"]?.split(separator: "x").compactMap({ Int($0) }),
            size.count == 2, size.allSatisfy(pixels.contains), let sha256 = values["sha256"],
            let length = values["length"].flatMap({ Int($0) }), lengths.contains(length)
        else { return nil }
        let gap = values["gap"].map(gap)
        if case .some(nil) = gap { return nil }
        var segments: [Segment]?
        if let text = values["segments"] {
            guard let packed = Data(base64Encoded: text) else { return nil }
            segments = PackedSegments.unpack(
                [UInt8](packed),
                mediaStart: MediaTime(ticks: mediaStart),
                initializationLength: initialization
            )
            if segments == nil { return nil }
        }
        let chunk = Chunk(
            identity: identity,
            run: run,
            start: WallTime(microseconds: start),
            mediaStart: MediaTime(ticks: mediaStart),
            initializationLength: initialization,
            initializationHash: hash,
            codecs: codecs,
            width: size[0],
            height: size[1],
            segments: segments ?? []
        )
        return ChunkDescription(
            offer: ChunkOffer(
                sealed: SealedChunk(chunk: chunk, sha256: sha256, length: length),
                precedingGap: gap.flatMap(\.self)
            ),
            hasSegments: segments != nil,
            end: values["end"].flatMap { WallTime(rfc3339: $0) },
            retentionDays: values["retention"].flatMap { Int($0) },
            retentionClass: values["class"].flatMap { RetentionClass(rawValue: $0) }
        )
    }

    private static func identity(_ values: [String: String]) -> ChunkIdentity? {
        guard let tenant = values["tenant"].flatMap({ TenantID($0) }),
            let camera = values["camera"].flatMap({ CameraID($0) }),
            let stream = values["stream"].flatMap({ StreamRole(rawValue: $0) }),
            let epoch = values["epoch"].flatMap({ Int64($0) }),
            let sequence = values["sequence"].flatMap({ Int64($0) })
        else { return nil }
        return ChunkIdentity(
            tenant: tenant,
            camera: camera,
            stream: stream,
            epoch: epoch,
            sequence: sequence
        )
    }

    private static func gap(_ text: String) -> Gap? {
        let parts = text.split(separator: ",")
        guard parts.count == 3, let start = Int64(parts[0]), let end = Int64(parts[1]),
            moments.contains(start), moments.contains(end),
            let reason = GapReason(rawValue: String(parts[2]))
        else { return nil }
        return Gap(
            start: WallTime(microseconds: start),
            end: WallTime(microseconds: end),
            reason: reason
        )
    }
}
