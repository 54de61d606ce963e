import Domain
import FoundationEssentials
import NIOCore

/// The control requests, HTTP on the cameras' port: `GET /counters` and
/// `POST /faults?fault=NAME[:VALUE][&camera=N]` (without a camera: all).
extension ConnectionHandler {
    func control(_ request: Request) {
        send(controlAnswer(request), to: request)
        if request.headers["connection"]?.lowercased() == "close" { close() }
    }

    private func controlAnswer(_ request: Request) -> Response {
        let parts = request.url.split(separator: "?", maxSplits: 1).map(String.init)
        switch (request.method, parts.first) {
        case ("GET", "/counters"):
            guard let json = try? JSONEncoder().encode(engine.ledger.snapshot) else {
                return Response(500)
            }
            return Response(
                200,
                [("Content-Type", "application/json")],
                body: String(decoding: json, as: UTF8.self)
            )
        case ("POST", "/faults"):
            var camera: Int?
            var faults: [CameraFault] = []
            for item in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
                let pair = item.split(separator: "=", maxSplits: 1).map(String.init)
                let value = pair.count > 1 ? pair[1] : ""
                if pair.first == "camera", let number = Int(value) {
                    camera = number
                } else if pair.first == "fault", let fault = CameraFault(value) {
                    faults.append(fault)
                } else {
                    return Response(400, body: "unknown: \(item)\n")
                }
            }
            guard !faults.isEmpty else { return Response(400, body: "which fault?\n") }
            do {
                for fault in faults { try engine.apply(fault, camera: camera) }
            } catch {
                return Response(400, body: "\(error)\n")
            }
            return Response(200, body: "done\n")
        default: return Response(404, body: "GET /counters, POST /faults\n")
        }
    }
}
