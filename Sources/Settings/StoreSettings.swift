/// Where footage is stored: in a bucket if `S3_BUCKET` is set, else in a folder.
package enum StoreSettings: Sendable {
    case folder(String)
    case bucket(BucketSettings)

    /// Reads `S3_BUCKET` and what belongs to it, else `SPARC_STORE`.
    ///
    /// - Parameters:
    ///   - reader: Collects the problems; the value is then unusable.
    ///   - folder: Of the directory store without `SPARC_STORE`; nil where that must be set.
    package init(reader: inout SettingsReader, folder: String?) {
        if let bucket = BucketSettings(reader: &reader) {
            self = .bucket(bucket)
        } else if let folder {
            self = .folder(reader.text("SPARC_STORE") ?? folder)
        } else {
            self = .folder(reader.required("SPARC_STORE", example: "/var/lib/sparc/store"))
        }
    }
}
