package import Domain
import Foundation

/// The `x-amz-meta-*` values of a stored chunk: enough to make its row anew from the store alone.
package enum ChunkMetadata {
    /// Version of this set of values.
    private static let format = "1"
    /// Longest packed segments that are written, base64 characters: S3 allows 2 KB for all values.
    /// 60 s need about 200; of a chunk with more, the segments are to be read from its fragments.
    private static let segmentsLimit = 1_024

    /// Names without the `x-amz-meta-` prefix, and values.
    package static func values(of offer: ChunkOffer) -> [String: String] {
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
        ]
        let segments = Data(PackedSegments.pack(chunk)).base64EncodedString()
        if segments.utf8.count <= segmentsLimit { values["segments"] = segments }
        if let gap = offer.precedingGap {
            values["gap"] =
                "\(gap.start.microseconds),\(gap.end.microseconds),\(gap.reason.rawValue)"
        }
        return values
    }

    /// The offer that `values` was made from; nil if a value is missing, damaged or of a format
    /// that this build does not know, or if there were too many segments to write.
    package static func offer(_ values: [String: String]) -> ChunkOffer? {
        guard values["format"] == format,
            let identity = identity(values),
            let run = values["run"].flatMap({ RunID($0) }),
            let start = values["start-us"].flatMap({ Int64($0) }),
            let mediaStart = values["media-start"].flatMap({ Int64($0) }),
            let initialization = values["init-length"].flatMap({ Int($0) }),
            let hash = values["init-hash"], let codecs = values["codecs"],
            let size = values["size"]?.split(separator: "x").compactMap({ Int($0) }),
            size.count == 2, let sha256 = values["sha256"],
            let length = values["length"].flatMap({ Int($0) }),
            let packed = values["segments"].flatMap({ Data(base64Encoded: $0) }),
            let segments = PackedSegments.unpack(
                [UInt8](packed),
                mediaStart: MediaTime(ticks: mediaStart),
                initializationLength: initialization
            )
        else { return nil }
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
            segments: segments
        )
        return ChunkOffer(
            sealed: SealedChunk(chunk: chunk, sha256: sha256, length: length),
            precedingGap: values["gap"].flatMap(gap)
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
            let reason = GapReason(rawValue: String(parts[2]))
        else { return nil }
        return Gap(
            start: WallTime(microseconds: start),
            end: WallTime(microseconds: end),
            reason: reason
        )
    }
}
