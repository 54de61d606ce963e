/// Where a bucket is and who asks for it.
package struct S3Configuration: Sendable {
    package var bucket: String
    package var endpoint: S3Endpoint
    package var region: String
    package var credentials: S3CredentialOrigin
    /// Path of a PEM file with the certificate authorities to trust instead of the system's.
    package var authorities: String?

    package init(
        bucket: String,
        endpoint: S3Endpoint,
        region: String,
        credentials: S3CredentialOrigin,
        authorities: String? = nil
    ) {
        self.bucket = bucket
        self.endpoint = endpoint
        self.region = region
        self.credentials = credentials
        self.authorities = authorities
    }
}
