import ArgumentParser
import Configuration
import TLS

/// `martlet identity init`.
struct InitialiseIdentity: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Makes a trust anchor and an issuer.",
        discussion: """
            Examples
              With the usual lifetimes, ten years and one:
                martlet identity init --directory identity

              For a test that wants to see an issuer expire:
                martlet identity init --directory identity --trust-domain test.local --issuer-lifetime 10m
            """)

    @OptionGroup var place: DirectoryOption

    @Option(help: ArgumentHelp("Whose workloads they are: a-z, 0-9, dot, dash, underscore.", valueName: "name"))
    var trustDomain = "mesh.local"

    @Option(
        help: ArgumentHelp("How long the trust anchor is valid.", valueName: "duration"),
        transform: DurationArgument.init)
    var anchorLifetime = DurationArgument(seconds: CertificateAuthority.anchorLifetimeSeconds)

    @Option(
        help: ArgumentHelp("How long the issuer is valid.", valueName: "duration"), transform: DurationArgument.init)
    var issuerLifetime = DurationArgument(seconds: CertificateAuthority.issuerLifetimeSeconds)

    func validate() throws {
        try anchorLifetime.require("--anchor-lifetime", in: Self.lifetimes)
        try issuerLifetime.require("--issuer-lifetime", in: Self.lifetimes)
    }

    /// A minute, and fifty years: from 2050 on certificates write their years differently, which few have tried.
    private static let lifetimes = DurationArgument(seconds: 60)...DurationArgument(seconds: 50 * 365 * 86_400)

    func run() throws {
        let domain: TrustDomain
        do throws(SPIFFEIDError) {
            domain = try TrustDomain(trustDomain)
        } catch {
            throw ValidationError("--trust-domain: found '\(trustDomain)', but \(error)")
        }
        let now = WallTime.now()
        let anchor = CertificateAuthority.makeAnchor(
            trustDomain: domain, lifetimeSeconds: anchorLifetime.seconds, at: now)
        let issuer = anchor.makeIssuer(lifetimeSeconds: issuerLifetime.seconds, at: now)
        let directory = IdentityDirectory(place.directory)
        try directory.write(anchor: anchor, issuer: issuer, replaces: place.force)
        print(
            """
            trust domain  \(domain)
            trust anchor  \(directory.anchorCertificate), valid until \(anchor.certificate.notAfter)
            issuer        \(directory.issuerCertificate), valid until \(issuer.certificate.notAfter)
            trust bundle  \(directory.bundle): what every workload trusts
            Only the next issuer needs \(directory.anchorKey): keep it elsewhere.
            """)
    }
}
