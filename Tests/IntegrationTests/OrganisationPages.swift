import TestSupport
import Testing

/// The console's page of one's organisation, as people use it.
struct OrganisationPages {
    let browser: Browser

    /// Opens it by its button.
    func open() async throws {
        try await browser.run("document.getElementById('organisation-open').click()")
        try await wait(for: "one's logins", "#logins", contains: "this one")
    }

    /// Changes a person's role by the choice in the list of people.
    func setRole(of email: String, to role: String) async throws {
        try await wait(for: "the people", "#people", contains: email)
        try await browser.run(
            """
            const choice = document.querySelector('#people select[aria-label="Role of \(email)"]');
            choice.value = "\(role)";
            choice.dispatchEvent(new Event("change"));
            """
        )
        try await browser.run("document.getElementById('audit-action').value = 'user.changed'")
        try await refreshAudit(until: #""role":"\#(role)""#)
    }

    /// Adds a client, and returns the path of its first owner's page.
    func addClient(_ name: String, domain: String, owner: String) async throws -> String {
        let path = try await browser.run(
            """
            const session = JSON.parse(sessionStorage.getItem("sparc.session"));
            return fetch("/api/v1/tenants", {
              method: "POST",
              headers: {
                "Authorization": `Bearer ${session.access}`, "Content-Type": "application/json",
              },
              body: '{"name":"\(name)","domain":"\(domain)","owner_email":"\(owner)"}',
            }).then((answer) => answer.json()).then((body) => body.invitation_path);
            """
        ).text
        return try #require(path)
    }

    /// Follows an invitation in a page of its own.
    func accept(_ path: String, password: String) async throws {
        let token = path.split(separator: "=").last ?? ""
        let status = try await browser.run(
            """
            return fetch("/api/v1/invitations/accept", {
              method: "POST", headers: { "Content-Type": "application/json" },
              body: JSON.stringify({ token: "\(token)", password: "\(password)" }),
            }).then((answer) => answer.status);
            """
        ).number
        #expect(status == 200)
    }

    /// Visits a client for a reason, and sees whose cameras are shown.
    func visit(_ name: String, reason: String) async throws {
        try await wait(for: "the clients", "#clients", contains: name)
        try await browser.run(
            """
            window.prompt = () => "\(reason)";
            [...document.querySelectorAll("#clients tbody tr")]
              .find((row) => row.textContent.includes("\(name)")).querySelector("button").click();
            """
        )
        try await browser.wait(
            for: "that a client is visited",
            "return !document.getElementById('visit').hidden"
                + " && /You visit \(name)/.test(document.getElementById('visit').textContent)"
                + " && /\(name)/.test(document.getElementById('who').textContent)"
        )
    }

    /// Leaves the client, and is at home again.
    func leave(home: String) async throws {
        try await browser.run("document.getElementById('visit-leave').click()")
        try await browser.wait(
            for: "one's own organisation",
            "return document.getElementById('visit').hidden"
                + " && /\(home)/.test(document.getElementById('who').textContent)"
        )
    }

    /// Sees a visit, and ends it.
    func endVisit(reason: String) async throws {
        try await wait(for: "the visit", "#visits", contains: reason)
        try await browser.run("document.querySelector('#visits tbody button').click()")
        try await browser.wait(
            for: "its end",
            "return document.querySelectorAll('#visits tbody button').length === 0"
        )
    }

    /// Waits until an element's text has another.
    func wait(for what: String, _ selector: String, contains text: String) async throws {
        try await browser.wait(
            for: what,
            "return document.querySelector('\(selector)').textContent.includes('\(text)')"
        )
    }

    /// The audit log is asked for again until it tells something.
    private func refreshAudit(until text: String) async throws {
        try await browser.wait(
            for: "the audit log's \(text)",
            """
            document.getElementById("audit-action").dispatchEvent(new Event("change"));
            return new Promise((done) => setTimeout(done, 200)).then(() =>
              document.querySelector("#audit tbody").textContent.includes('\(text)'));
            """
        )
    }
}
