import Catalog
import Database
import Domain
import Testing

struct CameraTests {
    private func new(_ name: String) -> NewCamera {
        NewCamera(
            name: name,
            streams: [CameraStream(role: .main, url: "rtsp://127.0.0.1/1", credentials: nil)]
        )
    }

    @Test func `pages hold every camera once, in the order of creation`() async throws {
        let fixture = try await CatalogFixture.make()
        let catalog = fixture.catalog
        var made: [CameraID] = []
        for index in 0..<7 {
            made.append(try await catalog.createCamera(fixture.first, new("\(index)")).id)
        }
        _ = try await fixture.camera(fixture.second)
        #expect(try await catalog.removeCamera(fixture.first, made[3]))
        #expect(try await catalog.removeCamera(fixture.first, made[3]) == false)
        for (all, expected) in [(false, made.filter { $0 != made[3] }), (true, made)] {
            var seen: [CameraID] = []
            var cursor: CameraCursor?
            repeat {
                let page = try await catalog.cameras(
                    fixture.first,
                    after: cursor,
                    limit: 2,
                    includingRemoved: all
                )
                #expect(page.cameras.count <= 2)
                seen += page.cameras.map { $0.id }
                cursor = page.next
            } while cursor != nil
            #expect(seen == expected)
        }
        let removed = try await catalog.camera(fixture.first, made[3])
        #expect(removed?.removedAt != nil)
        #expect(removed?.version == 2)
    }

    @Test func `a camera comes back as it was made`() async throws {
        let fixture = try await CatalogFixture.make()
        let site = try await fixture.catalog.createSite(fixture.first, name: "Yard")
        let camera = try await fixture.catalog.createCamera(
            fixture.first,
            NewCamera(
                site: site.id,
                name: "Tür 🚪",
                retentionDays: 7,
                streams: [
                    CameraStream(role: .sub, url: "rtsp://127.0.0.1/2", credentials: nil),
                    CameraStream(role: .main, url: "rtsp://127.0.0.1/1", credentials: [0, 1]),
                ]
            )
        )
        #expect(camera.streams.map { $0.role } == [.main, .sub])
        #expect(camera.streams.first?.credentials == [0, 1])
        #expect(camera.site == site.id)
        #expect(try await fixture.catalog.camera(fixture.first, camera.id) == camera)
        #expect(try await fixture.catalog.sites(fixture.first) == [site])
    }

    @Test func `values outside their limits are refused and change nothing`() async throws {
        let fixture = try await CatalogFixture.make()
        var wrong: [NewCamera] = []
        wrong.append(new(""))
        wrong.append(new(String(repeating: "x", count: 201)))
        wrong.append(new("a\0b"))
        for change: (inout NewCamera) -> Void in [
            { $0.retentionDays = 0 }, { $0.retentionDays = 3_651 }, { $0.streams = [] },
            { $0.streams += $0.streams }, { $0.streams[0].role = .sub },
            // Credentials belong into their envelope.
            { $0.streams[0].url = "rtsp://user:password@127.0.0.1/" },
            { $0.streams[0].credentials = [UInt8](repeating: 0, count: 5_000) },
        ] {
            var camera = new("x")
            change(&camera)
            wrong.append(camera)
        }
        for camera in wrong {
            let error = await #expect(throws: CatalogError.self) {
                try await fixture.catalog.createCamera(fixture.first, camera)
            }
            #expect(error?.code == .invalid)
            #expect(error?.isRetryable == false)
        }
        #expect(try await fixture.count("SELECT count(*) FROM cameras") == 0)
        let good = try await fixture.catalog.createCamera(fixture.first, new("x"))
        var twin = new("y")
        twin.id = good.id
        let error = await #expect(throws: CatalogError.self) {
            try await fixture.catalog.createCamera(fixture.first, twin)
        }
        #expect(error?.code == .conflict)
    }
}
