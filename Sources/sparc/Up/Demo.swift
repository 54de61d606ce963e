import Domain
import Foundation
import Processes
import Sockets

/// The simulated cameras of `sparc up --demo`: two with H.264 and AAC, one with H.265.
struct Demo: Sendable {
    /// Their names and paths on the simulator.
    static let cameras = [
        (name: "Demo entrance (H.264)", path: "/cam0"), (name: "Demo yard (H.264)", path: "/cam1"),
        (name: "Demo gate (H.265)", path: "/cam2"),
    ]

    let installation: Installation
    let port: Int

    /// The simulator's port is chosen once per data folder: the cameras' addresses are in the
    /// database.
    init(installation: Installation) throws {
        self.installation = installation
        let file = installation.folder.path + "/demo.port"
        if let text = try? String(contentsOfFile: file, encoding: .utf8),
            let known = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
        {
            port = known
        } else {
            guard let free = LoopbackPort.free() else { throw UpError("no free port on 127.0.0.1") }
            port = free
            try DataFolder.write("\(port)\n", to: file)
        }
        guard FileManager.default.fileExists(atPath: installation.fixtures) else {
            throw UpError(
                "\(installation.fixtures) is missing; run from the project's folder or name the "
                    + "clips' folder with --fixtures"
            )
        }
    }

    func cameras(gate: Gate) -> SupervisedProcess {
        installation.role(
            "simulator",
            [
                "simulate", "cameras", "--demo", "--port", String(port), "--fixtures",
                installation.fixtures,
            ],
            installation.common(),
            gate
        )
    }
}
