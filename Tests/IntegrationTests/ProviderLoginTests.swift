import Database
import Domain
import Foundation
import Processes
import TestSupport
import Testing
import Transfer

/// Login through a real OpenID provider that checks PKCE, in a real browser, through its own pages.
/// SPARC is at `localhost` and the provider at `127.0.0.1`: for a browser two sites.
@Suite(.serialized) struct ProviderLoginTests {
    @Test func `people log in through the provider of their organisation`() async throws {
        let coordinator = try await LoneCoordinator()
        let provider = try await OpenIDProvider()
        var child: ChildProcess?
        do {
            child = try await coordinator.start()
            let owner = try await Viewer.logIn(coordinator.base, coordinator.client)
            try await provider.addPerson("alice", email: "alice@example.com")
            try await provider.addPerson("mallory", email: "mallory@elsewhere.example")
            try await provider.addClient(
                id: "sparc",
                secret: Self.secret,
                redirectURI: try await add(provider, owner, clientID: "sparc")
            )
            try await provider.start()
            try await inBrowser { browser in
                try await firstLogins(browser, coordinator)
                try await wrongVerifier(browser, coordinator)
                try await changedKeys(browser, coordinator, provider)
                try await silence(browser, coordinator, provider, owner)
            }
        } catch {
            Issue.record("\(error)\n\(coordinator.log.suffix(4_000))")
        }
        _ = await child?.stop(grace: .seconds(5))
        await provider.cleanUp()
        coordinator.cleanUp()
    }

    /// Adds the provider to the development organisation; returns where it sends browsers back to.
    private func add(
        _ provider: OpenIDProvider,
        _ owner: Viewer,
        clientID: String
    ) async throws -> String {
        let answer = try await owner.send(
            .post,
            "/api/v1/identity-providers",
            body: """
                {"name":"canaille","issuer":"\(provider.issuer)","client_id":"\(clientID)",
                "client_secret":"\(Self.secret)","email_domains":["example.com"],
                "assumes_verified_email":true,"creates_people":true,"role":"operator","enabled":true}
                """
        )
        try #require(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
        let body = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        return try #require(body?["redirect_uri"] as? String)
    }

    /// With characters that a form has to escape.
    private static let secret = "a secret, with: signs+%"

    /// Somebody unknown of a listed domain is added; somebody of another is not.
    private func firstLogins(_ browser: Browser, _ coordinator: LoneCoordinator) async throws {
        try await begin(browser, coordinator, tenant: "no-such-organisation")
        try await expectProblem(browser, coordinator, "has no other login")
        try await begin(browser, coordinator)
        try await logIn(browser, "alice")
        try await consent(browser)
        try await expectConsole(browser)
        #expect(try await browser.run("return location.href").text == coordinator.publicURL + "/")
        let cookies = try await browser.run("return document.cookie").text ?? ""
        #expect(!cookies.contains("sparc"))
        #expect(try await coordinator.count(Self.alices) == 1)
        try await begin(browser, coordinator)
        try await logIn(browser, "mallory")
        try await consent(browser)
        try await expectProblem(browser, coordinator, "no account here")
        #expect(try await coordinator.count("SELECT count(*) FROM sparc.users") == 2)
    }

    private static let alices: StaticString = """
        SELECT count(*) FROM sparc.users u JOIN sparc.user_identities i
            ON i.tenant_id = u.tenant_id AND i.user_id = u.id
        WHERE u.email = 'alice@example.com' AND u.role = 'operator' AND u.password_hash = '!'
        """

    /// The provider gives nothing to who does not know what the login began with.
    private func wrongVerifier(_ browser: Browser, _ coordinator: LoneCoordinator) async throws {
        let before = try await coordinator.count("SELECT count(*) FROM sparc.sessions")
        try await begin(browser, coordinator)
        try await browser.wait(for: "the provider", Self.shows("input[name=login]"))
        try await coordinator.run(
            "UPDATE sparc.provider_logins SET code_verifier = repeat('x', 43)"
        )
        try await logIn(browser, "alice")
        try await expectProblem(browser, coordinator, "cannot be used")
        #expect(coordinator.log.contains("/oauth/token answered 400"))
        #expect(try await coordinator.count("SELECT count(*) FROM sparc.sessions") == before)
    }

    /// The provider signs with a new key: it is read again, and the person is the same.
    private func changedKeys(
        _ browser: Browser,
        _ coordinator: LoneCoordinator,
        _ provider: OpenIDProvider
    ) async throws {
        await provider.stop()
        try await provider.makeKey()
        try await provider.start()
        try await begin(browser, coordinator)
        try await logIn(browser, "alice")
        try await expectConsole(browser)
        #expect(try await coordinator.count(Self.alices) == 1)
    }

    /// A provider that answers nothing, and one that is down, end at the login page.
    private func silence(
        _ browser: Browser,
        _ coordinator: LoneCoordinator,
        _ provider: OpenIDProvider,
        _ owner: Viewer
    ) async throws {
        for isDown in [false, true] {
            // Another row of the same issuer, of which nothing is remembered yet.
            try await coordinator.run("DELETE FROM sparc.identity_providers")
            _ = try await add(provider, owner, clientID: "x")
            if isDown { await provider.stop() } else { provider.hang() }
            try await begin(browser, coordinator)
            try await expectProblem(browser, coordinator, "does not answer")
        }
    }

    private func expectConsole(_ browser: Browser) async throws {
        try await browser.wait(
            for: "the console",
            "return /alice@example.com/.test(document.getElementById('who')?.textContent ?? '')"
        )
    }

    private func inBrowser(_ body: (Browser) async throws -> Void) async throws {
        let browser = try await Browser()
        do { try await body(browser) } catch {
            try? await browser.screenshot(to: "/tmp/sparc-provider-failure.png")
            let page = try? await browser.run("return location.href + document.body.innerText")
            await browser.close()
            throw Recording.Failure(description: "\(error)\n\(page?.text ?? "")")
        }
        await browser.close()
    }

    private func begin(
        _ browser: Browser,
        _ coordinator: LoneCoordinator,
        tenant: String = "development"
    ) async throws {
        // Somebody who was here neither at the provider nor with us.
        try await browser.forget()
        try await browser.open(coordinator.publicURL + "/")
        try await browser.run("sessionStorage.clear()")
        try await browser.open(coordinator.publicURL + "/?new")
        try await browser.wait(for: "the login", "return !document.getElementById('login').hidden")
        try await browser.run(
            """
            document.getElementById("login").elements.tenant.value = "\(tenant)";
            document.getElementById("provider").click();
            """
        )
    }

    private func logIn(_ browser: Browser, _ name: String) async throws {
        try await browser.wait(for: "the provider", Self.shows("input[name=login]"))
        try await browser.run(Self.send("login", name))
        try await browser.wait(for: "the password", Self.shows("input[name=password]"))
        try await browser.run(Self.send("password", OpenIDProvider.password))
    }

    private func consent(_ browser: Browser) async throws {
        try await browser.wait(for: "the consent", Self.shows("button[name=answer][value=accept]"))
        try await browser.run(
            "document.querySelector('button[name=answer][value=accept]').click()"
        )
    }

    private func expectProblem(
        _ browser: Browser,
        _ coordinator: LoneCoordinator,
        _ text: String
    ) async throws {
        try await browser.wait(
            for: "the problem: \(text)",
            "return location.origin === '\(coordinator.publicURL)' && "
                + "/\(text)/.test(document.querySelector('#login .problem')?.textContent ?? '')"
        )
        #expect(try await browser.run("return location.hash === ''").bool)
    }

    private static func shows(_ selector: String) -> String {
        "return document.querySelector('\(selector)') !== null"
    }

    private static func send(_ name: String, _ value: String) -> String {
        """
        const field = document.querySelector("input[name=\(name)]");
        field.value = "\(value)";
        field.form.requestSubmit(field.form.querySelector("[type=submit]"));
        """
    }
}
