internal import Catalog
internal import Identity

extension Principal {
    /// Who it is for the catalogue, which compares it with its rows.
    var acting: ActingUser {
        ActingUser(
            tenant: tenant,
            id: user,
            role: roleName,
            visit: home == nil ? nil : session
        )
    }
}
