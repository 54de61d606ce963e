import Testing

@testable import Worker

struct CoordinatorLinkTests {
    @Test func `only answers about the body blame the offers`() {
        let blaming = (0..<600).filter {
            CoordinatorLink.Failure(status: $0, description: "").blamesRequest
        }
        #expect(blaming == [400, 409, 413, 415, 422])
        #expect(!CoordinatorLink.Failure(status: nil, description: "").blamesRequest)
    }
}
