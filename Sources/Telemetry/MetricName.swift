/// The names of all metrics. Released names never change: dashboards and alerts are built on them.
package enum MetricName {
    /// Gauge: streams that deliver pictures now.
    package static let videoStreamsActive = "sparc_video_streams_active"
    /// Gauge: streams that should deliver pictures.
    package static let videoStreamsExpected = "sparc_video_streams_expected"
    /// Gauge: doors under control; 0 until there are door controllers.
    package static let accessPointsActive = "sparc_access_points_active"
    /// Histogram, seconds, by `method`, `route` (the template) and `status`.
    package static let httpRequestDuration = "http_request_duration_seconds"
    /// Counter: chunks put into the store.
    package static let shipperChunks = "sparc_shipper_chunks_total"
    /// Counter: bytes put into the store.
    package static let shipperBytes = "sparc_shipper_bytes_total"
    /// Counter: failed attempts to ship, by `step`.
    package static let shipperFailures = "sparc_shipper_failures_total"
    /// Gauge: bytes in the spool that the store does not have.
    package static let spoolBacklogBytes = "sparc_spool_backlog_bytes"
    /// Gauge: bytes of all chunks in the spool, copies of what is stored included.
    package static let spoolUsedBytes = "sparc_spool_used_bytes"
    /// Gauge: the most that the backlog can be before footage is lost.
    package static let spoolCapacityBytes = "sparc_spool_capacity_bytes"
    /// Gauge: 1 while the backlog is so large that footage will be lost, else 0.
    package static let spoolFilling = "sparc_spool_filling"
    /// Gauge: seconds until the spool is full at the present rate; +Inf while it does not fill.
    package static let spoolFullSeconds = "sparc_spool_full_seconds"
    /// Gauge: age of the oldest picture that the store does not have; 0 without any.
    package static let spoolOldestSeconds = "sparc_spool_oldest_seconds"
    /// Counter: chunks that were given up because the spool was full.
    package static let spoolDroppedChunks = "sparc_spool_dropped_chunks_total"
    /// Counter: their bytes.
    package static let spoolDroppedBytes = "sparc_spool_dropped_bytes_total"
    /// Counter: media segments closed.
    package static let recorderSegments = "sparc_recorder_segments_total"
    /// Counter: recorder processes that ended without being asked to.
    package static let recorderRestarts = "sparc_recorder_restarts_total"
    /// Counter: crashes of recorders that a stream was found to have caused.
    package static let recorderPoisonings = "sparc_recorder_poisonings_total"
    /// Counter: gaps in recordings, by `reason`.
    package static let recorderGaps = "sparc_recorder_gaps_total"
    /// Counter: RTP packets that never arrived.
    package static let recorderPacketsLost = "sparc_recorder_packets_lost_total"
    /// Counter: chunks registered, by `verdict`.
    package static let catalogChunks = "sparc_catalog_chunks_total"
    /// Counter: chunks that workers told of having given up, by `verdict`.
    package static let catalogDrops = "sparc_catalog_drops_total"
    /// Counter: chunks that retention deleted, objects and rows.
    package static let retentionDeletedChunks = "sparc_retention_deleted_chunks_total"
    /// Counter: their bytes.
    package static let retentionDeletedBytes = "sparc_retention_deleted_bytes_total"
    /// Counter: objects that the store did not delete, and runs that did not come to their end.
    package static let retentionFailures = "sparc_retention_failures_total"
    /// Gauge, seconds since 1970: when a run last deleted all that was due, on any coordinator.
    package static let retentionLastSuccess = "sparc_retention_last_success_timestamp_seconds"
    /// Gauge: chunks that should have been deleted an hour before the last run and are still there.
    package static let retentionLateChunks = "sparc_retention_late_chunks"
    /// Gauge: chunks past their retention that a hold keeps.
    package static let retentionHeldChunks = "sparc_retention_held_chunks"
    /// Counter: bytes that were hidden before their retention, because there was more than a quota.
    package static let retentionQuotaBytes = "sparc_retention_quota_deleted_bytes_total"
    /// Gauge: bytes above quotas: until the next run, or because minimums and holds keep them.
    package static let retentionQuotaExcess = "sparc_retention_quota_excess_bytes"
    /// Gauge: bytes of all footage that is stored and not hidden.
    package static let storeFootageBytes = "sparc_store_footage_bytes"
    /// Gauge: alerts that are not resolved.
    package static let alertsOpen = "sparc_alerts_open"
    /// Counter: attempts to deliver a webhook message, by `result`.
    package static let webhookDeliveries = "sparc_webhook_deliveries_total"
    /// Gauge: messages that are still to be delivered.
    package static let webhookPending = "sparc_webhook_pending_messages"
    /// Gauge: webhooks that were switched off because of their failures.
    package static let webhooksDisabled = "sparc_webhook_disabled_endpoints"
    /// Gauge: age of the oldest event in the outbox.
    package static let outboxOldest = "sparc_outbox_oldest_seconds"
    /// Gauge: 1 while coordinators reach one another through Redis, else 0; not there without
    /// `REDIS_URL`.
    package static let redisUp = "sparc_redis_up"
    /// Counter: hints (ends of logins, requests, login attempts) that Redis took.
    package static let redisHintsSent = "sparc_redis_hints_sent_total"
    /// Counter: hints of other coordinators that were applied.
    package static let redisHintsReceived = "sparc_redis_hints_received_total"
    /// Counter: hints that were given up, because Redis was away for long or there were too many.
    package static let redisHintsDropped = "sparc_redis_hints_dropped_total"
    /// Counter: messages in Redis that changed nothing, by `reason`.
    package static let redisMessagesRefused = "sparc_redis_messages_refused_total"
}
