internal import Database
package import Domain

/// What a change asks of what it changes, for a client that says which state it saw. It is asked in
/// the transaction of the change, behind the lock that every other change waits for: of two who saw
/// the same state one changes it.
package struct ChangeCondition: Sendable {
    /// False if it is not as it should be; true also if there is nothing to change.
    let isMet: @Sendable (TenantID, inout Session) throws(DatabaseError) -> Bool

    private init(
        _ isMet: @escaping @Sendable (TenantID, inout Session) throws(DatabaseError) -> Bool
    ) {
        self.isMet = isMet
    }

    /// Of a site.
    package static func site(
        _ id: SiteID,
        _ isMet: @escaping @Sendable (Site) -> Bool
    ) -> ChangeCondition {
        ChangeCondition { tenant, session throws(DatabaseError) in
            try session.query(
                "SELECT FROM sites WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
                .id(tenant),
                .id(id)
            )
            return try Catalog.site(tenant, id, &session).map(isMet) ?? true
        }
    }

    /// Of a webhook.
    package static func webhook(
        _ id: WebhookID,
        _ isMet: @escaping @Sendable (Webhook) -> Bool
    ) -> ChangeCondition {
        ChangeCondition { tenant, session throws(DatabaseError) in
            try session.query(
                "SELECT FROM webhooks WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
                .id(tenant),
                .id(id)
            )
            return try Catalog.webhook(tenant, id, &session).map(isMet) ?? true
        }
    }

    /// Of a person.
    package static func user(
        _ id: UserID,
        _ isMet: @escaping @Sendable (ListedUser) -> Bool
    ) -> ChangeCondition {
        ChangeCondition { tenant, session throws(DatabaseError) in
            try Catalog.lockPeople(tenant, &session)
            return try Catalog.listedUser(tenant, id, &session).map(isMet) ?? true
        }
    }

    /// Of a client of the organisation's.
    package static func client(
        _ id: TenantID,
        _ isMet: @escaping @Sendable (Client) -> Bool
    ) -> ChangeCondition {
        ChangeCondition { tenant, session throws(DatabaseError) in
            try Catalog.lockClient(id, &session)
            return try Catalog.client(tenant, id, &session).map(isMet) ?? true
        }
    }

    /// Of a role of the organisation's own.
    package static func role(
        _ id: RoleID,
        _ isMet: @escaping @Sendable (OwnRole) -> Bool
    ) -> ChangeCondition {
        ChangeCondition { tenant, session throws(DatabaseError) in
            try Catalog.lockPeople(tenant, &session)
            return try Catalog.role(tenant, id, &session).map(isMet) ?? true
        }
    }

    /// Of a provider of identities.
    package static func identityProvider(
        _ id: IdentityProviderID,
        _ isMet: @escaping @Sendable (IdentityProvider) -> Bool
    ) -> ChangeCondition {
        ChangeCondition { tenant, session throws(DatabaseError) in
            try Catalog.lockPeople(tenant, &session)
            return try Catalog.identityProvider(tenant, id, &session).map(isMet) ?? true
        }
    }

    /// Of an alert.
    package static func alert(
        _ id: AlertID,
        _ isMet: @escaping @Sendable (Alert) -> Bool
    ) -> ChangeCondition {
        ChangeCondition { tenant, session throws(DatabaseError) in
            guard let seen = try Catalog.alert(tenant, id, &session) else { return true }
            try Catalog.lockAlerts(tenant, seen.camera, &session)
            return try Catalog.alert(tenant, id, &session).map(isMet) ?? true
        }
    }

    /// Of a camera's settings, by their version.
    package static func camera(
        _ id: CameraID,
        _ isMet: @escaping @Sendable (_ version: Int64) -> Bool
    ) -> ChangeCondition {
        ChangeCondition { tenant, session throws(DatabaseError) in
            let rows = try session.query(
                "SELECT version FROM cameras WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
                .id(tenant),
                .id(id)
            )
            return try rows.first.map { row throws(DatabaseError) in
                isMet(try row.value(0, as: Int64.self))
            } ?? true
        }
    }

    /// Of a scope's own rule of retention: its days, nil where the next wider scope's count.
    package static func retention(
        _ scope: RetentionChange.Scope,
        _ isMet: @escaping @Sendable (_ days: Int?) -> Bool
    ) -> ChangeCondition {
        ChangeCondition { tenant, session throws(DatabaseError) in
            try Catalog.lockRetention(tenant, &session)
            return try Catalog.ownRetention(tenant, scope, &session).map { isMet($0.days) } ?? true
        }
    }
}
