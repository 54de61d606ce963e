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
        "rtsp://[::1]x/", "rtsp://h#f", "rtsp://:pw@h/", "rtsp://u:%zz@h/", "rtsp://u:%+1@h/",
        "rtsp://h√/",
        "rtsp://2130706433/", "rtsp://127.1/", "rtsp://0x7f.1/", "rtsp://0177.0.0.1/", "rtsp://0/",
        "rtsp://0x7F000001:8554/x", "rtsp://10.0.0.5./", "rtsp://cam.0x/", "rtsp://1.2.3.4.5/",
        "rtsp://10.0.0.5../", "rtsp://.cam/", "rtsp://a..b/", "rtsp://[fe80::1%25eth0]/",
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

    @Test(arguments: ["cam-1", "cam1.local", "10.0.0.5", "1cam", "cam.0xg", "camera.", "0x7f.cam"])
    func `names with numbers in them are names`(_ host: String) throws {
        #expect(try CameraURL.parse("rtsp://\(host)/x").url.host == host)
    }

    @Test func `an IPv6 host keeps its brackets in print`() throws {
        let (url, _) = try CameraURL.parse("rtsp://[fd00::5]:8554/a")
        #expect(url.host == "fd00::5")
        #expect(url.description == "rtsp://[fd00::5]:8554/a")
    }
}
