import Domain
import Foundation
import TestSupport
import Testing

/// The first page in a real browser: pictures are read off the screen by the bar code that is burned
/// into the demo clips (`Fixtures/README.md`).
@Suite(.serialized) struct BrowserTests {
    @Test func `the page plays live and recorded pictures that advance`() async throws {
        let installation = try SparcInstallation(environment: ["SPARC_CHUNK_SECONDS": "8"])
        do {
            try await installation.start()
            let viewer = try await Viewer.logIn(installation)
            try await Recording.waitUntilAllLive(viewer, count: 3)
            try await Task.sleep(for: .seconds(20))
            let browser = try await Browser()
            do { try await watch(browser, installation, viewer) } catch {
                Issue.record("\(error)\n\(installation.log.suffix(4_000))")
                try? await browser.screenshot(to: "/tmp/sparc-browser-failure.png")
            }
            await browser.close()
        } catch {
            Issue.record("\(error)\n\(installation.log.suffix(4_000))")
        }
        await installation.cleanUp()
    }

    private func watch(
        _ browser: Browser,
        _ installation: SparcInstallation,
        _ viewer: Viewer
    ) async throws {
        try await browser.open(installation.baseURL + "/")
        try await browser.wait(for: "the login", "return !document.getElementById('login').hidden")
        try await browser.run(Self.logIn)
        try await browser.wait(
            for: "three cameras",
            "return document.querySelectorAll('.camera').length === 3"
        )
        for camera in try await viewer.cameras() {
            let selector = "[data-camera='\(camera.id)']"
            if camera.name.contains("H.265") {
                try await browser.wait(
                    for: "what to do about H.265",
                    "return /H\\.265/.test(document.querySelector(\"\(selector) .notice\").textContent)"
                )
                continue
            }
            try await expectAdvancing(browser, "\(selector) video", camera.name)
            try await playArchive(browser, selector, camera.name)
        }
        let first = try #require(
            try await viewer.cameras().first { !$0.name.contains("H.265") }
        )
        try await playNatively(browser, "[data-camera='\(first.id)']", first.name)
    }

    /// Without Media Source Extensions, as in Safari on a phone, the browser itself plays the list:
    /// it sends no token, so the list's URL must be enough.
    private func playNatively(_ browser: Browser, _ selector: String, _ name: String) async throws {
        try await browser.run("delete window.MediaSource")
        try await browser.run("document.querySelector(\"\(selector) .screen\").click()")
        try await expectAdvancing(browser, "#stage-video", name + " (native)")
        let live = try await browser.run("return document.getElementById('stage-video').src")
        #expect(live.text?.contains("/live.m3u8?token=") == true, "\(live)")
        try await clickTimeline(browser, selector)
        try await browser.wait(
            for: "the native archive of \(name)",
            "return /archive\\.m3u8\\?from=/.test(document.getElementById('stage-video').src)"
        )
        try await expectAdvancing(browser, "#stage-video", name + " (native archive)")
    }

    /// Clicks a moment in the timeline; the stage must show pictures of that moment.
    private func playArchive(_ browser: Browser, _ selector: String, _ name: String) async throws {
        try await clickTimeline(browser, selector)
        try await browser.wait(
            for: "the archive of \(name)",
            "return document.getElementById('stage').dataset.mode === 'archive'"
                + " && document.getElementById('stage').dataset.date > 0"
        )
        let distance = try await browser.run(
            "return Math.abs(document.getElementById('stage').dataset.date - window.sparcClicked)"
        )
        #expect((distance.number ?? .infinity) < 6_000, "\(name) plays another moment: \(distance)")
        try await expectAdvancing(browser, "#stage-video", name + " (archive)")
        try await browser.run("document.getElementById('stage-close').click()")
    }

    /// Clicks where the timeline shows 17 s ago.
    private func clickTimeline(_ browser: Browser, _ selector: String) async throws {
        try await browser.run(
            """
            const card = document.querySelector("\(selector)");
            card.querySelector("[data-minutes='10']").click();
            const canvas = card.querySelector("canvas");
            const box = canvas.getBoundingClientRect();
            const share = 1 - 17 / 600;
            window.sparcClicked = Date.now() - 17000;
            canvas.dispatchEvent(new MouseEvent("click", {
              bubbles: true, clientX: box.left + box.width * share, clientY: box.top + 5 }));
            """
        )
    }

    /// Reads the bar code off the shown picture again and again: it must change, and mostly forwards.
    private func expectAdvancing(
        _ browser: Browser,
        _ selector: String,
        _ name: String
    ) async throws {
        try await browser.wait(for: "a picture of \(name)", Self.read(selector) + " >= 0")
        var seen: [Int] = []
        for _ in 0..<12 {
            let value = try await browser.run(Self.read(selector))
            if let number = value.number, number >= 0 { seen.append(Int(number)) }
            try await Task.sleep(for: .milliseconds(250))
        }
        let steps = zip(seen, seen.dropFirst()).map { $1 - $0 }
        #expect(Set(seen).count >= 6, "\(name) stands still: \(seen)")
        // The clip begins again after its end: one step back is its length.
        #expect(steps.filter { $0 < 0 }.count <= 1, "\(name) goes back: \(seen)")
    }

    private static let logIn = """
        const form = document.getElementById("login");
        form.email.value = "admin@sparc.dev";
        form.password.value = "admin123";
        form.tenant.value = "development";
        form.requestSubmit();
        """

    /// The number in the bar code of the picture that a video element shows; -1 if there is none.
    private static func read(_ selector: String) -> String {
        """
        return (() => {
          const video = document.querySelector("\(selector)");
          if (!video || !video.videoWidth) return -1;
          const canvas = document.createElement("canvas");
          canvas.width = video.videoWidth; canvas.height = video.videoHeight;
          const context = canvas.getContext("2d");
          context.drawImage(video, 0, 0);
          const cell = canvas.width / 20;
          const bit = (index) => context.getImageData(
            Math.floor((index + 0.5) * cell), Math.floor(cell / 2), 1, 1).data[1] > 127 ? 1 : 0;
          if (!bit(0) || bit(1) || !bit(2) || !bit(3)) return -1;
          let value = 0, ones = 0;
          for (let index = 4; index < 16; index += 1) { value = value * 2 + bit(index); ones += bit(index); }
          return bit(16) === ones % 2 ? value : -1;
        })()
        """
    }
}
