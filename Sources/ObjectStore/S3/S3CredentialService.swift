/// Services that give temporary credentials to what runs beside them.
package enum S3CredentialService: Sendable {
    /// The role of an EC2 instance, by its metadata service (IMDSv2, "Use IMDSv2").
    /// - Parameter endpoint: Such as `http://169.254.169.254`, without a slash at the end.
    case instance(endpoint: String)
    /// An ECS task's role or EKS Pod Identity ("Container credential provider").
    /// - Parameters:
    ///   - url: Of the credentials.
    ///   - authorization: What the request shows, read anew each time.
    case container(url: String, authorization: S3CredentialOrigin.Part?)
    /// A Kubernetes service account's role (IRSA): a web identity token is exchanged at STS
    /// (`AssumeRoleWithWebIdentity`).
    /// - Parameters:
    ///   - endpoint: Of STS, such as `https://sts.eu-central-1.amazonaws.com`.
    ///   - role: ARN.
    ///   - session: Name by which the session is seen in logs of AWS.
    ///   - tokenFile: Path; its content is exchanged for a newer one every hour.
    ///   - authorities: As `S3Configuration.authorities`.
    case webIdentity(
        endpoint: String,
        role: String,
        session: String,
        tokenFile: String,
        authorities: String?
    )
}
