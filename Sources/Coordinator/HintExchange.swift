package import API
internal import Foundation
package import Keys
package import Logging
internal import ServiceLifecycle
package import SharedState

/// Tells the other coordinators through Redis what happened here, and hears what happened there.
///
/// No request waits for it: requests leave hints in an outbox, and a thread of its own carries them.
/// While Redis is away or hangs, each coordinator counts for itself, and the database tells of ends of
/// logins as it does without Redis.
package struct HintExchange: Service {
    /// Between two looks: how late another coordinator hears, about.
    package static let interval = Duration.milliseconds(150)
    /// The thread's stack, bytes: libcurl, OpenSSL and a few frames of ours.
    private static let stackSize = 1 << 20

    private let loop: HintLoop

    package init(
        _ configuration: RedisConfiguration,
        keys: KeyRing,
        outbox: HintOutbox,
        services: APIServices,
        logger: Logger
    ) {
        loop = HintLoop(
            configuration,
            keys: keys,
            outbox: outbox,
            services: services,
            logger: logger
        )
    }

    /// Runs until the task is cancelled or the group shuts down, and then for as long as what waits is
    /// told: not longer than it takes to connect and `HintLoop.lastLooks`.
    package func run() async {
        let stop = StopSign()
        await withTaskCancellationOrGracefulShutdownHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread { [loop] in
                    var loop = loop
                    loop.run(until: stop)
                    continuation.resume()
                }
                thread.name = "hints"
                thread.stackSize = Self.stackSize
                thread.start()
            }
        } onCancelOrGracefulShutdown: {
            stop.set()
        }
    }
}
