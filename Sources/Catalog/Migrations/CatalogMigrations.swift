package import Database

/// All migrations of the catalogue, oldest first. A new one goes to the end; none is ever changed.
///
/// Every table with rows of tenants has, from the migration that makes it: ENABLE and FORCE ROW
/// LEVEL SECURITY, a policy for `sparc_app`, keys and references that begin with `tenant_id`.
/// `CatalogAudit` refuses anything less. A migration that changes rows of tenants makes a policy
/// for `sparc_owner` first and drops it at its end: under FORCE the owner sees no row without one.
package enum CatalogMigrations {
    package static let all: [Migration] = [
        .tenancy, .video, .loginNames, .setup, .retention, .alerts, .spool, .restoration,
        .quotas, .sessions, .people, .apiKeys, .audit,
        .clients, .roles,
        .idempotency, .identityProviders, .secondFactors, .dataKeys,
        .review,
    ]
}
