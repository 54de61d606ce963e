import Files
import Foundation

/// Where credentials come from; read again when the store says that they are no longer good, and
/// where they say their end, some time before it.
package enum S3CredentialOrigin: Sendable {
    /// A value, or a file that holds it.
    package enum Part: Sendable {
        case value(String)
        case file(String)

        func read() throws(FileError) -> String {
            switch self {
            case .value(let value): return value
            case .file(let path):
                guard let bytes = try FileSystem.content(of: path) else {
                    throw FileError(.notFound, "there is no file \(path)")
                }
                return String(decoding: bytes, as: UTF8.self)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            }
        }
    }

    case parts(accessKeyID: Part, secretAccessKey: Part, sessionToken: Part?)
    /// A profile of a credentials file of AWS's tools.
    case sharedFile(path: String, profile: String)
    /// A service beside this process that gives the credentials of its role.
    case service(S3CredentialService)

    /// What the files say now; nil for a service. Blocks for as long as a small file takes.
    func readFiles() throws(FileError) -> S3Credentials? {
        switch self {
        case .service: return nil
        case .parts(let accessKeyID, let secretAccessKey, let sessionToken):
            return S3Credentials(
                accessKeyID: try accessKeyID.read(),
                secretAccessKey: try secretAccessKey.read(),
                sessionToken: try sessionToken?.read()
            )
        case .sharedFile(let path, let profile):
            guard let bytes = try FileSystem.content(of: path) else {
                throw FileError(.notFound, "there is no file \(path)")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let found = SharedCredentialsFile.credentials(in: text, profile: profile) else {
                throw FileError(.damaged, "\(path) has no keys of the profile \(profile)")
            }
            return found
        }
    }
}
