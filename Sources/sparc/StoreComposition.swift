import ArgumentParser
import ObjectStore
import Settings

/// Makes the place of the objects from its settings.
enum StoreComposition {
    static func location(_ settings: StoreSettings) throws -> StoreLocation {
        switch settings {
        case .folder(let path): .folder(path)
        case .bucket(let bucket): .bucket(try configuration(bucket))
        }
    }

    private static func configuration(_ bucket: BucketSettings) throws -> S3Configuration {
        let endpoint: S3Endpoint
        if let url = bucket.endpoint {
            guard let parsed = S3Endpoint(url: url) else {
                throw ValidationError("S3_ENDPOINT must be scheme, host and port only")
            }
            endpoint = parsed
        } else {
            endpoint = S3Endpoint(region: bucket.region, bucket: bucket.name)
        }
        let origin: S3CredentialOrigin =
            switch bucket.credentials {
            case .sharedFile(let path, let profile): .sharedFile(path: path, profile: profile)
            case .parts(let accessKeyID, let secretAccessKey, let sessionToken):
                .parts(
                    accessKeyID: part(accessKeyID),
                    secretAccessKey: part(secretAccessKey),
                    sessionToken: sessionToken.map(part)
                )
            case .webIdentity(let endpoint, let role, let session, let tokenFile):
                .service(
                    .webIdentity(
                        endpoint: endpoint,
                        role: role,
                        session: session,
                        tokenFile: tokenFile,
                        authorities: bucket.authorities
                    )
                )
            case .container(let url, let authorization):
                .service(.container(url: url, authorization: authorization.map(part)))
            case .instance(let endpoint): .service(.instance(endpoint: endpoint))
            }
        return S3Configuration(
            bucket: bucket.name,
            endpoint: endpoint,
            region: bucket.region,
            credentials: origin,
            authorities: bucket.authorities
        )
    }

    private static func part(_ part: BucketSettings.Part) -> S3CredentialOrigin.Part {
        switch part {
        case .value(let value): .value(value)
        case .file(let path): .file(path)
        }
    }
}
