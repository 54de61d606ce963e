package import Domain
package import ObjectStore
package import Spool

/// Everything a worker needs to know; made from `IngestSettings` by the composition root.
package struct WorkerConfiguration: Sendable {
    package var coordinatorURL: String
    package var token: String
    /// Holds the spool and the worker's id.
    package var dataFolder: String
    /// Where chunks go.
    package var store: StoreLocation
    package var cameraNetworks: AddressPolicy
    package var edgeBind: String
    package var edgePort: Int
    /// How the coordinator reaches the live edge; nil for the bind address and port.
    package var edgeURL: String?
    package var chunkSeconds: Int
    /// Streams per recorder process.
    package var recorderGroup: Int
    /// How much of the disk the spool may fill.
    package var spoolQuota: SpoolQuota
    /// The recorder's user when this process is root; nil to keep the user.
    package var recorderUserID: Int?
    /// The program whose `recorder` command is run.
    package var executable: String

    package init(
        coordinatorURL: String,
        token: String,
        dataFolder: String,
        store: StoreLocation,
        cameraNetworks: AddressPolicy,
        edgeBind: String,
        edgePort: Int,
        edgeURL: String?,
        chunkSeconds: Int,
        recorderGroup: Int,
        spoolQuota: SpoolQuota = SpoolQuota(),
        recorderUserID: Int?,
        executable: String
    ) {
        self.coordinatorURL = coordinatorURL
        self.token = token
        self.dataFolder = dataFolder
        self.store = store
        self.cameraNetworks = cameraNetworks
        self.edgeBind = edgeBind
        self.edgePort = edgePort
        self.edgeURL = edgeURL
        self.chunkSeconds = chunkSeconds
        self.recorderGroup = recorderGroup
        self.spoolQuota = spoolQuota
        self.recorderUserID = recorderUserID
        self.executable = executable
    }

    package var spoolFolder: String { dataFolder + "/spool" }
}
