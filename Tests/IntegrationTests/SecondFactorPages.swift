import TestSupport
import Testing

/// The console's pages of second factors, as a person uses them; the authenticator is a script of
/// the browser's own cryptography.
struct SecondFactorPages {
    let browser: Browser
    let base: String

    /// Logs in; with a code where the page asks for one.
    func logIn(
        _ email: String,
        _ password: String,
        tenant: String,
        code: String? = nil
    ) async throws {
        try await browser.wait(for: "the login", "return !document.getElementById('login').hidden")
        try await browser.run(
            """
            const form = document.getElementById("login");
            form.elements.email.value = "\(email)";
            form.elements.password.value = "\(password)";
            form.elements.tenant.value = "\(tenant)";
            form.querySelector("button").click();
            """
        )
        guard let code else { return }
        try await browser.wait(
            for: "the field of the code",
            "return !document.getElementById('code').hidden"
        )
        try await browser.run(
            """
            const form = document.getElementById("login");
            form.elements.code.value = "\(code)";
            form.querySelector("button").click();
            """
        )
    }

    func waitForConsole() async throws {
        try await browser.wait(
            for: "the console",
            "return !document.getElementById('console').hidden"
        )
    }

    /// Logs out by the button.
    func logOut() async throws {
        try await browser.run("document.getElementById('logout').click()")
        try await browser.wait(for: "the login", "return !document.getElementById('login').hidden")
    }

    /// Sets a factor up on the page that is shown, and returns its secret and recovery codes.
    func enrol(_ password: String) async throws -> (secret: String, codes: [String]) {
        try await browser.wait(
            for: "the way to set it up",
            "return !document.getElementById('factor-begin').hidden"
        )
        try await submit("factor-begin", ["password": password])
        try await browser.wait(
            for: "the secret",
            "return /^[A-Z2-7 ]{39}$/.test(document.getElementById('factor-secret').textContent)"
        )
        let secret = try await browser.run(
            "return document.getElementById('factor-secret').textContent.replaceAll(' ', '')"
        ).text
        let uri = try await browser.run("return document.getElementById('factor-uri').href").text
        #expect(uri?.contains("secret=\(secret ?? "-")&") == true)
        let width = try await browser.run(
            "const c = document.getElementById('factor-qr'); return c.hidden ? 0 : c.width"
        ).number
        #expect(width ?? 0 > 100)
        try await submit("factor-confirm", ["code": try await code(of: secret ?? "", after: 0)])
        try await browser.wait(
            for: "the recovery codes",
            "return document.querySelectorAll('#factor-list li').length === 10"
        )
        let codes = try await browser.run(
            "return [...document.querySelectorAll('#factor-list li')].map((i) => i.textContent).join()"
        ).text
        try await browser.run("document.getElementById('factor-done').click()")
        try await waitForConsole()
        return (secret ?? "", (codes ?? "").split(separator: ",").map { String($0) })
    }

    /// Opens the page of one's own factor and removes it, which ends the login.
    func remove(_ password: String, _ code: String) async throws {
        try await browser.run("document.getElementById('factor-open').click()")
        try await browser.wait(
            for: "the way to remove it",
            "return !document.getElementById('factor-change').hidden"
        )
        try await submit(
            "factor-change",
            ["password": password, "code": code],
            button: "button[value=remove]"
        )
        try await browser.wait(for: "the login", "return !document.getElementById('login').hidden")
    }

    /// The organisation requires a factor of everybody, or not any more; as who is logged in.
    func require(_ isRequired: Bool) async throws {
        let status = try await browser.run(
            """
            const session = JSON.parse(sessionStorage.getItem("sparc.session"));
            return fetch("/api/v1/login-policy", {
              method: "PUT",
              headers: {
                "Authorization": `Bearer ${session.access}`, "Content-Type": "application/json",
              },
              body: '{"second_factor_required":\(isRequired)}',
            }).then((answer) => answer.status);
            """
        ).number
        #expect(status == 200)
    }

    /// The QR code of a text is the one that a reader of another maker has read.
    func expectPicture() async throws {
        let digest = try await browser.run(
            """
            return import("/console/qr.js").then(async ({ qrCode }) => {
              const text = "otpauth://totp/SPARC%20Example:owner%40example.com"
                + "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=SPARC%20Example";
              const rows = qrCode(text).map((row) => row.map(Number).join("")).join("\\n");
              const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(rows));
              return [...new Uint8Array(hash)].map((one) => one.toString(16).padStart(2, "0"))
                .join("") + (qrCode("x".repeat(859)) === null);
            });
            """
        ).text
        #expect(
            digest == "e3f5518ea038ce8b5ff7285a53495a7fdf7c3b9fc389030074f6509ff409ca66true"
        )
    }

    /// The code of now, or of a later step.
    func code(of secret: String, after steps: Int) async throws -> String {
        try await browser.run(
            """
            return (async () => {
              const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
              const bits = [..."\(secret)"].map((one) =>
                letters.indexOf(one).toString(2).padStart(5, "0")).join("");
              const seed = Uint8Array.from(bits.match(/.{8}/g), (byte) => parseInt(byte, 2));
              const counter = new DataView(new ArrayBuffer(8));
              counter.setBigUint64(0, BigInt(Math.floor(Date.now() / 30000) + \(steps)));
              const kind = { name: "HMAC", hash: "SHA-1" };
              const key = await crypto.subtle.importKey("raw", seed, kind, false, ["sign"]);
              const hash = new DataView(await crypto.subtle.sign("HMAC", key, counter));
              const number = hash.getUint32(hash.getUint8(19) & 15) & 0x7fffffff;
              return String(number % 1000000).padStart(6, "0");
            })();
            """
        ).text ?? ""
    }

    private func submit(
        _ form: String,
        _ fields: [String: String],
        button: String = "button"
    ) async throws {
        let values = fields.map { "form.elements.\($0.key).value = \"\($0.value)\";" }
        try await browser.run(
            """
            const form = document.getElementById("\(form)");
            \(values.joined(separator: "\n"))
            form.querySelector("\(button)").click();
            """
        )
    }
}
