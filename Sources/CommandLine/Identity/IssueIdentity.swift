import ArgumentParser
import Configuration
import TLS

/// `martlet identity issue`.
struct IssueIdentity: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue", abstract: "Makes a workload's key and certificate.",
        discussion: """
            Examples
              For the workload checkout of the namespace shop, valid for 24 hours:
                martlet identity issue checkout --namespace shop --directory identity

              Two instances of one workload, each with its own key:
                martlet identity issue checkout-1 --namespace shop --service-account checkout --directory identity
                martlet identity issue checkout-2 --namespace shop --service-account checkout --directory identity
            """)

    @Argument(help: "What the files are called: NAME.key and NAME.pem.")
    var name: String

    @Option(help: ArgumentHelp("The workload's namespace.", valueName: "name"))
    var namespace = "default"

    @Option(help: ArgumentHelp("The service account that the workload runs as (default: NAME).", valueName: "name"))
    var serviceAccount: String?

    @Option(
        help: ArgumentHelp("How long the certificate is valid, within the issuer's own time.", valueName: "duration"),
        transform: DurationArgument.init)
    var lifetime = DurationArgument(seconds: CertificateAuthority.leafLifetimeSeconds)

    @OptionGroup var place: DirectoryOption

    func validate() throws {
        try lifetime.require(
            "--lifetime", in: DurationArgument(seconds: 60)...DurationArgument(seconds: 365 * 86_400))
        guard IdentityDirectory.isWorkloadName(name) else {
            throw ValidationError(
                "NAME: found '\(name)', allowed are a-z, 0-9, dash and dot, other than \(IdentityDirectory.ownNames)")
        }
    }

    func run() throws {
        let directory = IdentityDirectory(place.directory)
        guard StoredFile.exists(directory.issuerKey) else {
            throw IdentityError(
                directory.issuerKey, "is missing; run: martlet identity init --directory \(place.directory)")
        }
        let issuer = try directory.issuer()
        let identity = try WorkloadIdentity(
            trustDomain: issuer.trustDomain, namespace: namespace, serviceAccount: serviceAccount ?? name)
        let now = WallTime.now()
        let issued = try issuer.issue(identity, lifetimeSeconds: lifetime.seconds, at: now)
        // What is handed out must be what peers take: a bundle that lost its anchor is found out here.
        let bundle = try TrustBundle(
            IdentityDirectory.certificates(directory.bundle), defaultDomain: issuer.trustDomain)
        let peer: PeerIdentity
        do throws(PeerRefusal) {
            peer = try bundle.verify(issued.chain, at: now)
        } catch {
            throw IdentityError(
                directory.issuerCertificate, "peers would refuse its certificates: \(error.explanation)")
        }
        try directory.write(issued, name: name, replaces: place.force)
        let files = directory.files(of: name)
        print(
            """
            identity      \(identity.id)
            name          \(identity.dnsName)
            private key   \(files.key)
            certificate   \(files.chain), valid until \(peer.notAfter)
            trust bundle  \(files.bundle)
            """)
    }
}
