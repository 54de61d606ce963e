import Testing

@testable import CameraSimulator

struct RequestURLTests {
    @Test func `camera, track and query are read from every form that players send`() {
        let plain = RequestURL("rtsp://127.0.0.1:8554/cam12/trackID=1")
        #expect(plain.camera == 12)
        #expect(plain.track == 1)
        let query = RequestURL(
            "rtsp://u:p@h/cam3?fault=drop@5,loss:0.01&gop=120&pack=aggregate&start=any/trackID=0"
        )
        #expect(query.camera == 3)
        #expect(query.track == 0)
        #expect(query.faults.map(\.fault) == [.drop, .loss(0.01), .keyInterval(seconds: 120)])
        #expect(query.faults.map(\.afterSeconds) == [5, nil, nil])
        #expect(query.aggregate && query.startsAnywhere)
        #expect(query.unknown.isEmpty)
        #expect(
            RequestURL("rtsp://h/cam0?gop=none/").faults.first?.fault == .keyInterval(seconds: nil)
        )
        #expect(RequestURL("rtsp://h/door").camera == nil)
        #expect(RequestURL("rtsp://h").camera == nil)
        #expect(RequestURL("").camera == nil)
        #expect(RequestURL("rtsp://h/cam0?fault=dorp&x=1").unknown == ["dorp", "x"])
    }

    @Test(arguments: [
        ("drop", CameraFault.drop), ("jump:-3.5", .timestampJump(-3.5)), ("loss:1", .loss(1)),
        ("outlier:9800", .timestampOutlier(9_800)), ("garbage:10", .garbage(10)),
        ("clip:small", .clip("small")), ("gop:none", .keyInterval(seconds: nil)),
        ("redirect:rtsp://x:1/y", .redirect("rtsp://x:1/y")), ("resume", .resume),
    ])
    func `the text of a fault is read`(text: String, fault: CameraFault) {
        #expect(CameraFault(text) == fault)
    }

    @Test(arguments: [
        "", ":", "drop:1", "loss", "loss:2", "loss:nan", "gop:0", "jump:x", "jump:1e99",
        "garbage:-1", "jump:inf",
    ])
    func `what is no fault is none`(text: String) {
        #expect(CameraFault(text) == nil)
    }
}
