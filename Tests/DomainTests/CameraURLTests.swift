import Domain
import Testing

@Suite struct CameraURLTests {
    @Test func `credentials are split off and never printed`() throws {
        let (url, credentials) = try CameraURL.parse("rtsp://admin:p%40ss:w@10.0.0.5/stream?x=1")
        #expect(url.description == "rtsp://10.0.0.5/stream?x=1")
        #expect(url.port == 554)
        #expect(credentials?.user == "admin")
        #expect(credentials?.password == "p@ss:w")
        #expect(!"\(credentials as Any)".contains("admin"))
        #expect(!String(reflecting: credentials).contains("p@ss"))
    }

    @Test(arguments: [
        "", "10.0.0.5/stream", "http://10.0.0.5/", "rtsp://", "rtsp:///x", "rtsp://h:0/",
        "rtsp://h:65536/", "rtsp://h:+1/", "rtsp://h/ x", "rtsp://h/\r\nX: y", "rtsp://[::1/",
        "rtsp://[::1]x/", "rtsp://h#f", "rtsp://:pw@h/", "rtsp://u:%zz@h/", "rtsp://h√/",
        "rtsp://" + String(repeating: "a", count: 3_000),
    ])
    func `a wrong URL is refused with an example and without its text`(_ text: String) {
        do {
            _ = try CameraURL.parse(text)
            Issue.record("\(text) was accepted")
        } catch {
            #expect(error.description.contains("rtsp://192.168.1.20:554/stream1"))
            #expect(!error.description.contains("%zz"))
        }
    }

    @Test func `an IPv6 host keeps its brackets in print`() throws {
        let (url, _) = try CameraURL.parse("rtsp://[fd00::5]:8554/a")
        #expect(url.host == "fd00::5")
        #expect(url.description == "rtsp://[fd00::5]:8554/a")
    }
}
