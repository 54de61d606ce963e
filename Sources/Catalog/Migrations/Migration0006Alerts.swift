import Database

extension Migration {
    /// What cameras are doing as judged, events, alerts, and the webhooks that are told of them.
    static let alerts = Migration(name: "0006_alerts", sql: health + webhooks)

    private static let health = """
        -- Messages name the camera.
        GRANT SELECT (name) ON cameras TO sparc_platform;

        CREATE TABLE camera_conditions (
            tenant_id  uuid NOT NULL,
            camera_id  uuid NOT NULL,
            state      text NOT NULL,
            since      timestamptz NOT NULL,
            reasons    text[] NOT NULL,
            PRIMARY KEY (tenant_id, camera_id),
            CONSTRAINT camera_conditions_camera FOREIGN KEY (tenant_id, camera_id)
                REFERENCES cameras
        );
        ALTER TABLE camera_conditions ENABLE ROW LEVEL SECURITY;
        ALTER TABLE camera_conditions FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON camera_conditions FOR SELECT TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON camera_conditions TO sparc_platform
            USING (true) WITH CHECK (true);
        GRANT SELECT ON camera_conditions TO sparc_app;
        GRANT SELECT (tenant_id, camera_id, state, since, reasons),
            INSERT (tenant_id, camera_id, state, since, reasons), UPDATE (state, since, reasons),
            DELETE
            ON camera_conditions TO sparc_platform;

        CREATE TABLE alerts (
            tenant_id          uuid NOT NULL,
            id                 uuid NOT NULL,
            camera_id          uuid NOT NULL,
            kind               text NOT NULL,
            state              text NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved')),
            -- Whether the problem lasts, whatever people did about the alert.
            is_problem_present boolean NOT NULL,
            reasons            text[] NOT NULL,
            opened_at          timestamptz NOT NULL,
            acknowledged_at    timestamptz,
            acknowledged_by    uuid,
            resolved_at        timestamptz,
            resolved_by        uuid,
            occurrences        bigint NOT NULL CHECK (occurrences > 0),
            PRIMARY KEY (tenant_id, id),
            CHECK (state = 'resolved' OR is_problem_present),
            CONSTRAINT alerts_camera FOREIGN KEY (tenant_id, camera_id) REFERENCES cameras
        );
        -- One alert per camera and kind.
        CREATE UNIQUE INDEX alerts_once ON alerts (tenant_id, camera_id, kind)
            WHERE is_problem_present;
        CREATE INDEX alerts_page ON alerts (tenant_id, opened_at, id);
        CREATE INDEX alerts_camera_kind ON alerts (tenant_id, camera_id, kind, opened_at);
        ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
        ALTER TABLE alerts FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON alerts TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON alerts TO sparc_platform USING (true) WITH CHECK (true);
        GRANT SELECT ON alerts TO sparc_app;
        GRANT UPDATE (state, acknowledged_at, acknowledged_by, resolved_at, resolved_by)
            ON alerts TO sparc_app;
        GRANT SELECT (tenant_id, id, camera_id, kind, state, is_problem_present, reasons,
                opened_at, acknowledged_at, acknowledged_by, resolved_at, resolved_by,
                occurrences),
            INSERT (tenant_id, id, camera_id, kind, state, is_problem_present, reasons, opened_at,
                occurrences),
            UPDATE (state, is_problem_present, reasons, acknowledged_at, acknowledged_by,
                resolved_at, resolved_by, occurrences),
            DELETE
            ON alerts TO sparc_platform;

        """

    private static let webhooks = """
        -- Everything that happened; whoever changes a state adds the event in the same
        -- transaction, and holds the tenant's lock while it does: the sequence is the order in
        -- which events became visible.
        CREATE TABLE events (
            tenant_id uuid NOT NULL REFERENCES tenants,
            id        uuid NOT NULL,
            sequence  bigint GENERATED ALWAYS AS IDENTITY,
            kind      text NOT NULL,
            at        timestamptz NOT NULL,
            camera_id uuid,
            alert_id  uuid,
            -- One JSON object.
            data      text NOT NULL CHECK (octet_length(data) <= 65536),
            PRIMARY KEY (tenant_id, id)
        );
        CREATE INDEX events_page ON events (tenant_id, sequence);
        CREATE INDEX events_age ON events (at);
        ALTER TABLE events ENABLE ROW LEVEL SECURITY;
        ALTER TABLE events FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON events TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON events TO sparc_platform USING (true) WITH CHECK (true);
        GRANT SELECT, INSERT ON events TO sparc_app;
        GRANT SELECT (tenant_id, id, sequence, kind, at, camera_id, alert_id, data),
            INSERT (tenant_id, id, kind, at, camera_id, alert_id, data), DELETE
            ON events TO sparc_platform;

        -- Events that no webhook has been given yet.
        CREATE TABLE outbox (
            tenant_id  uuid NOT NULL,
            event_id   uuid NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, event_id),
            CONSTRAINT outbox_event FOREIGN KEY (tenant_id, event_id) REFERENCES events
        );
        CREATE INDEX outbox_age ON outbox (created_at);
        ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
        ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON outbox TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON outbox TO sparc_platform USING (true) WITH CHECK (true);
        GRANT INSERT ON outbox TO sparc_app;
        GRANT SELECT (tenant_id, event_id, created_at), INSERT (tenant_id, event_id), DELETE
            ON outbox TO sparc_platform;

        CREATE TABLE webhooks (
            tenant_id       uuid NOT NULL REFERENCES tenants,
            id              uuid NOT NULL,
            url             text NOT NULL CHECK (char_length(url) <= 2048),
            -- Sealed.
            secret          bytea NOT NULL CHECK (octet_length(secret) <= 512),
            -- Event kinds it gets.
            kinds           text[] NOT NULL,
            is_enabled      boolean NOT NULL DEFAULT true,
            -- Why it was switched off; null while it is not, or when somebody did it.
            disabled_reason text CHECK (char_length(disabled_reason) <= 500),
            -- First failure after the last success.
            failing_since   timestamptz,
            created_at      timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id)
        );
        ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
        ALTER TABLE webhooks FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON webhooks TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON webhooks TO sparc_platform USING (true) WITH CHECK (true);
        GRANT SELECT, INSERT, DELETE ON webhooks TO sparc_app;
        GRANT UPDATE (url, kinds, is_enabled, disabled_reason, failing_since)
            ON webhooks TO sparc_app;
        GRANT SELECT (tenant_id, id, url, secret, kinds, is_enabled, disabled_reason,
                failing_since, created_at),
            UPDATE (is_enabled, disabled_reason, failing_since)
            ON webhooks TO sparc_platform;

        -- One message to one webhook: what is still to be sent, and the log of what was.
        CREATE TABLE webhook_deliveries (
            tenant_id   uuid NOT NULL,
            id          uuid NOT NULL DEFAULT gen_random_uuid(),
            webhook_id  uuid NOT NULL,
            event_id    uuid NOT NULL,
            state       text NOT NULL DEFAULT 'pending'
                CHECK (state IN ('pending', 'delivered', 'failed')),
            attempts    bigint NOT NULL DEFAULT 0,
            -- Of the last attempt.
            tried_at    timestamptz,
            status      bigint,
            error       text CHECK (char_length(error) <= 500),
            -- When it is tried next, or taken up again if who took it died.
            next_try_at timestamptz NOT NULL DEFAULT now(),
            created_at  timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT webhook_deliveries_once UNIQUE (tenant_id, webhook_id, event_id),
            CONSTRAINT webhook_deliveries_webhook FOREIGN KEY (tenant_id, webhook_id)
                REFERENCES webhooks,
            CONSTRAINT webhook_deliveries_event FOREIGN KEY (tenant_id, event_id)
                REFERENCES events
        );
        CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_try_at)
            WHERE state = 'pending';
        CREATE INDEX webhook_deliveries_page
            ON webhook_deliveries (tenant_id, webhook_id, created_at, id);
        CREATE INDEX webhook_deliveries_event ON webhook_deliveries (tenant_id, event_id);
        ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
        ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON webhook_deliveries TO sparc_app
            USING (tenant_id = nullif(current_setting('app.current_tenant', true), '')::uuid);
        CREATE POLICY platform ON webhook_deliveries TO sparc_platform
            USING (true) WITH CHECK (true);
        GRANT SELECT, DELETE ON webhook_deliveries TO sparc_app;
        GRANT INSERT (tenant_id, webhook_id, event_id) ON webhook_deliveries TO sparc_app;
        GRANT SELECT (tenant_id, id, webhook_id, event_id, state, attempts, tried_at, status,
                error, next_try_at, created_at),
            INSERT (tenant_id, webhook_id, event_id),
            UPDATE (state, attempts, tried_at, status, error, next_try_at), DELETE
            ON webhook_deliveries TO sparc_platform;
        """
}
