/// How one operation of the description is called with the ids of another organisation.
struct IsolationEntry: Sendable {
    /// What an id names.
    enum Kind: String, Sendable, CaseIterable {
        case camera
        case site
        case alert
        case event
        case hold
        case webhook
        case user
        case tenant
        case session
        case apiKey
        case client
        case visit
        case role
        case grant
        case identityProvider
    }

    /// Query after the path, with `#` for the id; nil without.
    var query: String?
    /// Body with `#` for the id and `@camera` for one of one's own; nil without.
    var body: String?
    /// Whether an id stands in the path.
    var isByPath = false
    /// What the id names; nil for the end of a page.
    var kind: Kind?
    /// What the path's first id names, of which one's own is taken while another one is tried.
    var within: Kind?
    /// Not tried with an id of one's own: another entry does it.
    var isForeignOnly = false

    /// Every operation that takes a person's token, and each way in which it takes an id. One that
    /// is not here fails the run.
    static let table: [String: [IsolationEntry]] = [
        "GET /api/v1/me": [IsolationEntry()],
        "POST /api/v1/me/password": [
            IsolationEntry(body: #"{"current_password":"x","new_password":"a long sentence"}"#)
        ],
        "GET /api/v1/me/second-factor": [IsolationEntry()],
        "POST /api/v1/me/second-factor": [
            IsolationEntry(body: #"{"password":"a password of the tests"}"#)
        ],
        "POST /api/v1/me/second-factor/confirm": [IsolationEntry(body: #"{"code":"000000"}"#)],
        "POST /api/v1/me/second-factor/recovery-codes": [
            IsolationEntry(body: #"{"password":"a password of the tests","code":"000000"}"#)
        ],
        "POST /api/v1/me/second-factor/remove": [
            IsolationEntry(body: #"{"password":"a password of the tests","code":"000000"}"#)
        ],
        "GET /api/v1/login-policy": [IsolationEntry()],
        "PUT /api/v1/login-policy": [
            IsolationEntry(body: #"{"second_factor_required":false}"#)
        ],
        "GET /api/v1/api-keys": [IsolationEntry()],
        "POST /api/v1/api-keys": [
            IsolationEntry(
                body: #"{"name":"x","permissions":["cameras.read"],"expires_in_days":1}"#
            )
        ],
        "DELETE /api/v1/api-keys/{id}": [path(.apiKey)],
        "GET /api/v1/users": [IsolationEntry(), IsolationEntry(query: "cursor=#")],
        "POST /api/v1/users": [
            IsolationEntry(body: #"{"email":"new@example.com","role":"viewer"}"#)
        ],
        "GET /api/v1/users/{id}": [path(.user)],
        "PATCH /api/v1/users/{id}": [
            IsolationEntry(body: #"{"role":"viewer","disabled":true}"#, isByPath: true, kind: .user)
        ],
        "DELETE /api/v1/users/{id}": [path(.user)],
        "DELETE /api/v1/users/{id}/second-factor": [path(.user)],
        "POST /api/v1/users/{id}/invitation": [
            IsolationEntry(body: "", isByPath: true, kind: .user)
        ],
        "GET /api/v1/roles": [IsolationEntry()],
        "POST /api/v1/roles": [
            IsolationEntry(body: #"{"name":"New role","permissions":["cameras.read"]}"#)
        ],
        "GET /api/v1/roles/{id}": [path(.role)],
        "PATCH /api/v1/roles/{id}": [
            IsolationEntry(body: #"{"name":"changed"}"#, isByPath: true, kind: .role)
        ],
        "DELETE /api/v1/roles/{id}": [path(.role)],
        "GET /api/v1/users/{id}/grants": [path(.user)],
        "POST /api/v1/users/{id}/grants": [
            IsolationEntry(
                body: ##"{"role":"viewer","site_id":"#"}"##,
                kind: .site,
                within: .user
            ),
            IsolationEntry(
                body: ##"{"role":"viewer","camera_id":"#"}"##,
                kind: .camera,
                within: .user
            ),
            IsolationEntry(
                body: ##"{"role":"#","camera_id":"@camera"}"##,
                kind: .role,
                within: .user
            ),
            IsolationEntry(
                body: #"{"role":"viewer","camera_id":"@camera"}"#,
                isByPath: true,
                kind: .user
            ),
        ],
        "DELETE /api/v1/users/{id}/grants/{grant_id}": [
            IsolationEntry(isByPath: true, kind: .grant, within: .user),
            IsolationEntry(isByPath: true, kind: .user, isForeignOnly: true),
        ],
        "GET /api/v1/tenants": [IsolationEntry(), IsolationEntry(query: "cursor=#")],
        "POST /api/v1/tenants": [
            IsolationEntry(body: #"{"name":"New client","domain":"new-client.example"}"#)
        ],
        "GET /api/v1/tenants/{id}": [path(.client)],
        "PATCH /api/v1/tenants/{id}": [
            IsolationEntry(body: #"{"plan":"other"}"#, isByPath: true, kind: .client)
        ],
        "DELETE /api/v1/tenants/{id}": [path(.client)],
        "POST /api/v1/tenants/{id}/suspend": [
            IsolationEntry(body: #"{"reason":"x"}"#, isByPath: true, kind: .client)
        ],
        "POST /api/v1/tenants/{id}/resume": [
            IsolationEntry(body: "", isByPath: true, kind: .client)
        ],
        "POST /api/v1/tenants/{id}/close": [
            IsolationEntry(body: #"{"reason":"x"}"#, isByPath: true, kind: .client)
        ],
        "POST /api/v1/tenants/{id}/owner": [
            IsolationEntry(
                body: #"{"email":"first@example.com"}"#,
                isByPath: true,
                kind: .client
            )
        ],
        "POST /api/v1/tenants/{id}/visits": [
            IsolationEntry(body: #"{"reason":"x"}"#, isByPath: true, kind: .client)
        ],
        "GET /api/v1/organisation": [IsolationEntry()],
        "PATCH /api/v1/organisation": [IsolationEntry(body: #"{"allows_visits":true}"#)],
        "GET /api/v1/visits": [IsolationEntry(), IsolationEntry(query: "cursor=#")],
        "DELETE /api/v1/visits/{id}": [path(.visit)],
        "GET /api/v1/audit": [
            IsolationEntry(), IsolationEntry(query: "cursor=#"),
            IsolationEntry(query: "subject=#"), IsolationEntry(query: "actor=#"),
        ],
        "GET /api/v1/sites": [IsolationEntry()],
        "POST /api/v1/sites": [IsolationEntry(body: #"{"name":"new"}"#)],
        "GET /api/v1/sites/{id}": [path(.site)],
        "PATCH /api/v1/sites/{id}": [
            IsolationEntry(body: #"{"name":"changed"}"#, isByPath: true, kind: .site)
        ],
        "DELETE /api/v1/sites/{id}": [path(.site)],
        "GET /api/v1/sessions": [IsolationEntry()],
        "DELETE /api/v1/sessions/{id}": [path(.session)],
        "GET /api/v1/cameras": [IsolationEntry(), IsolationEntry(query: "cursor=#")],
        "POST /api/v1/cameras": [
            IsolationEntry(
                body: ##"{"name":"x","url":"rtsp://10.1.2.3/s","site_id":"#"}"##,
                kind: .site
            )
        ],
        "GET /api/v1/cameras/{id}": [path(.camera)],
        "DELETE /api/v1/cameras/{id}": [path(.camera)],
        "GET /api/v1/cameras/{id}/health": [path(.camera)],
        "GET /api/v1/cameras/{id}/timeline": [
            IsolationEntry(query: range, isByPath: true, kind: .camera)
        ],
        "GET /api/v1/cameras/{id}/playback": [path(.camera)],
        "GET /api/v1/alerts": [
            IsolationEntry(), IsolationEntry(query: "state=all"), IsolationEntry(query: "cursor=#"),
        ],
        "GET /api/v1/alerts/{id}": [path(.alert)],
        "POST /api/v1/alerts/{id}/acknowledge": [
            IsolationEntry(body: "", isByPath: true, kind: .alert)
        ],
        "POST /api/v1/alerts/{id}/resolve": [
            IsolationEntry(body: "", isByPath: true, kind: .alert)
        ],
        "GET /api/v1/events": [IsolationEntry(), IsolationEntry(query: "cursor=#")],
        "GET /api/v1/identity-providers": [IsolationEntry()],
        "POST /api/v1/identity-providers": [
            IsolationEntry(
                body: #"{"name":"x","issuer":"https://id.example.com","client_id":"x","#
                    + #""client_secret":"x"}"#
            )
        ],
        "GET /api/v1/identity-providers/{id}": [path(.identityProvider)],
        "PATCH /api/v1/identity-providers/{id}": [
            IsolationEntry(body: #"{"name":"changed"}"#, isByPath: true, kind: .identityProvider)
        ],
        "DELETE /api/v1/identity-providers/{id}": [path(.identityProvider)],
        "GET /api/v1/webhooks": [IsolationEntry()],
        "POST /api/v1/webhooks": [
            IsolationEntry(
                body: #"{"url":"https://h.example.com/","events":["alert.opened"]}"#
            )
        ],
        "GET /api/v1/webhooks/{id}": [path(.webhook)],
        "PATCH /api/v1/webhooks/{id}": [
            IsolationEntry(body: #"{"enabled":false}"#, isByPath: true, kind: .webhook)
        ],
        "DELETE /api/v1/webhooks/{id}": [path(.webhook)],
        "POST /api/v1/webhooks/{id}/test": [
            IsolationEntry(body: "", isByPath: true, kind: .webhook)
        ],
        "GET /api/v1/webhooks/{id}/deliveries": [
            path(.webhook)
        ],
        "GET /api/v1/holds": [IsolationEntry()],
        "POST /api/v1/holds": [
            IsolationEntry(
                body: ##"{"camera_id":"#","reason":"x","from":"2026-01-01T00:00:00Z","##
                    + ##""to":"2026-01-02T00:00:00Z"}"##,
                kind: .camera
            )
        ],
        "DELETE /api/v1/holds/{id}": [path(.hold)],
        "GET /api/v1/retention": [
            IsolationEntry(), IsolationEntry(query: "scope=camera&id=#&days=1", kind: .camera),
            IsolationEntry(query: "scope=site&id=#&days=1", kind: .site),
        ],
        "PUT /api/v1/retention": [
            IsolationEntry(body: ##"{"scope":"camera","id":"#","days":1}"##, kind: .camera),
            IsolationEntry(body: ##"{"scope":"site","id":"#","days":1}"##, kind: .site),
            IsolationEntry(body: #"{"scope":"tenant","days":1}"#),
        ],
        "GET /hls/{camera_id}/index.m3u8": [path(.camera)],
        "GET /hls/{camera_id}/live.m3u8": [path(.camera)],
        "GET /hls/{camera_id}/archive.m3u8": [
            IsolationEntry(query: range, isByPath: true, kind: .camera)
        ],
    ]
    private static func path(_ kind: Kind) -> IsolationEntry {
        IsolationEntry(isByPath: true, kind: kind)
    }

    private static let range = "from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z"

    /// Whether an id is given at all.
    var takesID: Bool {
        isByPath || query?.contains("#") == true || body?.contains("#") == true
    }
}
