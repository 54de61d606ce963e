import Catalog
import Testing

/// The end of an organisation that still has footage.
struct TenantEndTests {
    @Test func `footage keeps a deleted client's rows until retention has deleted it`() async throws
    {
        let bed = try await TestBed.shared()
        let world = try await IsolationWorld.organisation(bed)
        let tenant = world.member.tenant
        try await bed.asSuperuser(
            """
            UPDATE tenants SET state = 'closed', delete_after = now() - interval '1 second',
                retention_minimum_days = 3650 WHERE id = '\(tenant)'
            """
        )
        #expect(try await !bed.catalog.purgeTenant(tenant))
        try await bed.catalog.releaseFootage(tenant)
        let uses = try await bed.catalog.storeUse(tenant)
        #expect(uses?.quotaBytes == 1)
        try await bed.asSuperuser("DELETE FROM chunks WHERE tenant_id = '\(tenant)'")
        // Its own clients refer to it.
        try await bed.asSuperuser(
            "UPDATE tenants SET provider_id = NULL WHERE provider_id = '\(tenant)'"
        )
        #expect(try await bed.catalog.purgeTenant(tenant))
    }
}
