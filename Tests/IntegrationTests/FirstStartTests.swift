import Domain
import Foundation
import Processes
import Sockets
import Synchronization
import TestSupport
import Testing
import Transfer

/// `sparc up` as it is installed, without `--demo`: the first start prints a link, whoever follows
/// it owns the installation, and the second start prints none.
@Suite(.serialized) struct FirstStartTests {
    private static let password = "correct horse battery"
    private static let email = "owner@example.com"

    @Test func `a first production start is set up by its link, once`() async throws {
        let edgePort = try #require(LoopbackPort.free())
        let installation = try SparcInstallation(
            isDemo: false,
            environment: [
                "SPARC_BIND": "127.0.0.1", "SPARC_EDGE_PORT": "\(edgePort)",
                "JWT_EXPIRES_IN": "24h", "AUTH_SERVICE_PORT": "1",
                "NODE_ENV": "canary-node", "REDIS_URL": "redis://:canary-redis@127.0.0.1:1",
            ]
        )
        do {
            try await installation.start()
            let log = installation.log
            let printed = try #require(link(in: log))
            #expect(!log.contains("admin123"))
            #expect(log.contains("JWT_EXPIRES_IN is 1d; 15m is used"))
            #expect(log.contains("nothing listens on the ports of AUTH_SERVICE_PORT"))
            #expect(log.contains("without effect yet: NODE_ENV"))
            #expect(!log.contains("canary-node"))
            #expect(log.contains("do not reach one another through Redis"))
            #expect(!log.contains("canary-redis"))
            try await expectWorkerHealth(installation, edgePort)

            // A link that was asked for later takes the place of the first.
            let fresh = try #require(try await askForLink(installation))
            #expect(try await setUp(installation, printed, tenant: "first") == 403)
            try await setUpInBrowser(installation, fresh)
            #expect(try await setUp(installation, fresh, tenant: "second") == 403)
            #expect(try await askForLink(installation) == nil)
            try await expectOwner(installation)
            try await inviteInBrowser(installation)
            try await useSecondFactors(installation)
            try await useOrganisation(installation)
            #expect(await installation.stop().isSuccess)

            let token = try #require(fresh.split(separator: "=").last)
            #expect(!installation.log.contains(token), "the token of a used link in a log")
            try await installation.start()
            #expect(link(in: installation.log) == nil)
            try await expectOwner(installation)
            try await expectGuard(installation)
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(4_000))")
        }
        await installation.cleanUp()
    }

    private func link(in text: String) -> String? {
        text.split(whereSeparator: \.isWhitespace).first { $0.contains("/setup#token=") }
            .map(String.init)
    }

    /// `sparc setup-link` on the same machine.
    private func askForLink(_ installation: SparcInstallation) async throws -> String? {
        let lines = Mutex<[String]>([])
        let child = try ChildProcess(
            executable: SparcInstallation.executable,
            arguments: [
                "setup-link", "--data-dir", installation.folder, "--url", installation.baseURL,
            ],
            environment: ["PATH": "/usr/bin:/bin"],
            output: { line in lines.withLock { $0.append(line) } },
            errorOutput: { line in lines.withLock { $0.append(line) } }
        )
        let status = await child.waitForExit()
        for _ in 0..<100 where !child.hasDeliveredOutput {
            try await Task.sleep(for: .milliseconds(20))
        }
        let text = lines.withLock { $0.joined(separator: "\n") }
        #expect(status.isSuccess, "\(text)")
        return link(in: text)
    }

    /// Follows a link over HTTP; returns the status.
    private func setUp(
        _ installation: SparcInstallation,
        _ link: String,
        tenant: String
    ) async throws -> Int {
        let token = link.split(separator: "=").last ?? ""
        let body = """
            {"token":"\(token)","organisation":"Example","tenant":"\(tenant)",
            "email":"\(Self.email)","password":"\(Self.password)"}
            """
        let answer = try await installation.client.send(
            HTTPRequest(
                .post,
                installation.baseURL + "/api/v1/setup",
                headers: [("Content-Type", "application/json")],
                body: Array(body.utf8)
            )
        )
        return answer.status
    }

    /// Fills in the page that the link leads to, first with two passwords that differ.
    private func setUpInBrowser(_ installation: SparcInstallation, _ link: String) async throws {
        let browser = try await Browser()
        do {
            try await browser.open(installation.baseURL + "/setup")
            try await browser.wait(
                for: "that the link is not whole",
                "return !document.getElementById('missing').hidden"
            )
            // Another path first: a change of the fragment alone loads nothing.
            try await browser.open("about:blank")
            try await browser.open(link)
            try await browser.wait(
                for: "the form",
                "return !document.getElementById('setup').hidden"
            )
            #expect(try await browser.run("return location.hash === ''").bool)
            try await browser.run(Self.fill(again: "something else"))
            try await browser.wait(
                for: "that the passwords differ",
                "return /differ/.test(document.querySelector('.problem').textContent)"
            )
            try await browser.run(Self.fill(again: Self.password))
            try await browser.wait(
                for: "the console",
                "return /\(Self.email)/.test(document.getElementById('who')?.textContent ?? '')"
            )
        } catch {
            await browser.close()
            throw error
        }
        await browser.close()
    }

    private static func fill(again: String) -> String {
        """
        const fields = document.getElementById("setup").elements;
        fields.organisation.value = "Example Ltd";
        fields.tenant.value = "example.com";
        fields.email.value = "\(email)";
        fields.password.value = "\(password)";
        fields.again.value = "\(again)";
        document.querySelector("#setup button").click();
        """
    }

    private static let guardEmail = "guard@example.com"
    private static let guardPassword = "the guard's own words"

    /// The owner invites somebody, who chooses a password on the page that the link leads to.
    private func inviteInBrowser(_ installation: SparcInstallation) async throws {
        let owner = try await Viewer.logIn(
            installation,
            as: Viewer.Login(email: Self.email, password: Self.password, tenant: "example.com")
        )
        let answer = try await owner.send(
            .post,
            "/api/v1/users",
            body: #"{"email":"\#(Self.guardEmail)","role":"operator"}"#
        )
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        let path = try #require(object?["invitation_path"] as? String)
        let browser = try await Browser()
        do {
            try await browser.open(installation.baseURL + path)
            try await browser.wait(
                for: "the form",
                "return !document.getElementById('invitation').hidden"
            )
            #expect(try await browser.run("return location.hash === ''").bool)
            for (again, seen) in [
                (
                    "other words",
                    "return /differ/.test(document.querySelector('.problem').textContent)"
                ),
                (Self.guardPassword, "return !document.getElementById('done').hidden"),
            ] {
                try await browser.run(
                    """
                    const fields = document.getElementById("invitation").elements;
                    fields.password.value = "\(Self.guardPassword)";
                    fields.again.value = "\(again)";
                    document.querySelector("#invitation button").click();
                    """
                )
                try await browser.wait(for: "the page's answer", seen)
            }
            let email =
                "return document.getElementById('email').textContent === '\(Self.guardEmail)'"
            #expect(try await browser.run(email).bool)
        } catch {
            await browser.close()
            throw error
        }
        await browser.close()
        try await expectGuard(installation)
    }

    /// The owner sets a second factor up and requires it; the guard can do nothing before there is one,
    /// and logs in with it then. In the end both have none again.
    private func useSecondFactors(_ installation: SparcInstallation) async throws {
        let browser = try await Browser()
        let pages = SecondFactorPages(browser: browser, base: installation.baseURL)
        let tenant = "example.com"
        do {
            try await browser.open(installation.baseURL)
            try await pages.logIn(Self.email, Self.password, tenant: tenant)
            try await pages.waitForConsole()
            try await browser.run("document.getElementById('factor-open').click()")
            let owner = try await pages.enrol(Self.password)
            try await pages.expectPicture()
            try await pages.require(true)
            try await pages.logOut()

            try await pages.logIn(Self.guardEmail, Self.guardPassword, tenant: tenant)
            let limited = try await pages.enrol(Self.guardPassword)
            try await pages.logOut()
            try await pages.logIn(
                Self.guardEmail,
                Self.guardPassword,
                tenant: tenant,
                code: try await pages.code(of: limited.secret, after: 1)
            )
            try await pages.waitForConsole()
            try await pages.remove(Self.guardPassword, limited.codes[0])

            try await pages.logIn(
                Self.email,
                Self.password,
                tenant: tenant,
                code: owner.codes[0]
            )
            try await pages.waitForConsole()
            try await pages.require(false)
            try await pages.remove(Self.password, owner.codes[1])
        } catch {
            let page = try? await browser.run("return document.body.innerText").text
            await browser.close()
            Issue.record("the page said: \(page ?? "-")")
            throw error
        }
        await browser.close()
    }

    /// The owner's page of the organisation: people, a client and a visit, which the client's owner sees
    /// and ends at once.
    private func useOrganisation(_ installation: SparcInstallation) async throws {
        let browser = try await Browser()
        let logins = SecondFactorPages(browser: browser, base: installation.baseURL)
        let pages = OrganisationPages(browser: browser)
        let client = "client.example.com"
        let clientOwner = "owner@\(client)"
        do {
            try await browser.open(installation.baseURL)
            try await logins.logIn(Self.email, Self.password, tenant: "example.com")
            try await logins.waitForConsole()
            let path = try await pages.addClient("Shop", domain: client, owner: clientOwner)
            try await pages.open()
            try await pages.setRole(of: Self.guardEmail, to: "viewer")
            try await pages.setRole(of: Self.guardEmail, to: "operator")
            try await pages.visit("Shop", reason: "Ticket 4711")
            try await logins.waitForConsole()
            try await pages.leave(home: "Example")
            try await pages.open()
            try await pages.visit("Shop", reason: "Ticket 4712")

            let other = try await Browser()
            do {
                let theirs = OrganisationPages(browser: other)
                let login = SecondFactorPages(browser: other, base: installation.baseURL)
                try await other.open(installation.baseURL)
                try await theirs.accept(path, password: Self.guardPassword)
                try await login.logIn(clientOwner, Self.guardPassword, tenant: client)
                try await login.waitForConsole()
                try await theirs.open()
                try await theirs.wait(for: "the first", "#visits", contains: "Ticket 4711")
                try await theirs.endVisit(reason: "Ticket 4712")
            } catch {
                await other.close()
                throw error
            }
            await other.close()
            // Who visited is at home by the next request.
            try await browser.wait(
                for: "one's own organisation",
                "return document.getElementById('visit').hidden"
                    + " && /Example/.test(document.getElementById('who').textContent)"
            )
        } catch {
            let page = try? await browser.run("return document.body.innerText").text
            try? await browser.screenshot(to: "/tmp/sparc-browser-failure.png")
            await browser.close()
            Issue.record("the page said: \(page ?? "-")")
            throw error
        }
        await browser.close()
    }

    private func expectGuard(_ installation: SparcInstallation) async throws {
        let invited = try await Viewer.logIn(
            installation,
            as: Viewer.Login(
                email: Self.guardEmail,
                password: Self.guardPassword,
                tenant: "example.com"
            )
        )
        let me = try await invited.send(.get, "/api/v1/me")
        #expect(String(decoding: me.body, as: UTF8.self).contains(#""role":"operator""#))
        #expect(try await invited.send(.get, "/api/v1/users").status == 403)
    }

    private func expectOwner(_ installation: SparcInstallation) async throws {
        let owner = try await Viewer.logIn(
            installation,
            as: Viewer.Login(email: Self.email, password: Self.password, tenant: "example.com")
        )
        let me = try await owner.send(.get, "/api/v1/me")
        #expect(String(decoding: me.body, as: UTF8.self).contains(#""role":"owner""#))
        #expect(try await owner.cameras().isEmpty)
    }

    /// The worker's own door: registered, and its metrics readable.
    private func expectWorkerHealth(_ installation: SparcInstallation, _ port: Int) async throws {
        let base = "http://127.0.0.1:\(port)"
        var status = 0
        for _ in 0..<150 where status != 200 {
            let answer = try? await installation.client.send(
                HTTPRequest(.get, base + "/health/ready", deadline: .seconds(2))
            )
            status = answer?.status ?? 0
            if status != 200 { try await Task.sleep(for: .milliseconds(200)) }
        }
        #expect(status == 200)
        let metrics = try await installation.client.send(HTTPRequest(.get, base + "/metrics"))
        #expect(metrics.status == 200)
    }
}
