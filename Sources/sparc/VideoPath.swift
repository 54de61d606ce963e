/// Where a picture goes, from the camera to the player; each line names the type to read next.
///
/// 1. `Recorder.CameraSession` connects (`RTSP.RTSPClient` over `Sockets.TCPStream`, the address
///    policy asked at every connect) and gets access units.
/// 2. `Recorder.TimeSanitizer` puts them on a run's timeline; `Recorder.SegmentCutter` says where
///    parts, segments and chunks end.
/// 3. `MediaIO.FragmentMuxer` makes fMP4 fragments; `Spool.ChunkWriter` appends them and their
///    journal records; `Spool.SpoolSync` makes all of it durable once a second.
/// 4. `Worker.RecorderIntake` reads the journal's growth into `Spool.SpoolIndex`; closed segments go
///    to `LiveEdge.LiveStreams`, and from there into live playlists (`Playlist.LiveWindow`).
/// 5. `Shipper.Shipper` seals a closed chunk, puts it into the store (`ObjectStore.S3Store`, or
///    `DirectoryStore` without a bucket),
///    offers it to the coordinator and frees it, in that order.
/// 6. `API` registers the chunk's row by `Catalog.registerChunks`, which checks its epoch.
/// 7. A player asks `API` for `/hls/{camera}/…`: live lists are the worker's, archive lists
///    (`Playlist.ArchivePlaylist`) are rows of the catalogue plus what the spool still holds.
/// 8. Its signed media URIs (`Keys.MediaSigner`) lead to the store, or through the coordinator to the
///    worker's spool.
///
/// Processes: `Up/Installation.swift` supervises the roles; `Worker.RecorderSupervisor` the recorders.
enum VideoPath {}
