import Testing

@testable import SparcBench

struct WrkRunTests {
    private static let good = """
        Running 10s test @ http://127.0.0.1:3000/health
          1 threads and 32 connections
          Thread Stats   Avg      Stdev     Max   +/- Stdev
            Latency     1.66ms    0.98ms  21.87ms   88.35%
            Req/Sec    19.88k     1.10k   21.50k    74.00%
          Latency Distribution
             50%    1.45ms
             99%    5.32ms
          197912 requests in 10.01s, 86.62MB read
        Requests/sec:  19780.14
        Transfer/sec:      8.66MB
        """

    @Test func `rate, latency and failures are read`() throws {
        let run = try #require(WrkRun(Self.good))
        #expect(run.requestsPerSecond == 19_780.14 && run.p99 == 5.32 && run.failures == 0)
        let bad = Self.good.replacing(
            "Requests/sec",
            with: "Socket errors: connect 0, read 1, write 0, timeout 2\n"
                + "Non-2xx or 3xx responses: 40\nRequests/sec"
        )
        #expect(WrkRun(bad)?.failures == 43)
        #expect(WrkRun(Self.good.replacing("5.32ms", with: "532.00us"))?.p99 == 0.532)
        #expect(WrkRun("unable to connect") == nil)
    }
}
