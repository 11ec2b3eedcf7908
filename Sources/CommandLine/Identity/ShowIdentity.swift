import ArgumentParser
import TLS

/// `martlet identity show`.
struct ShowIdentity: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows the certificates of a PEM file.",
        discussion: """
            Examples
              A workload's certificate and its issuer:
                martlet identity show identity/checkout.pem

              Everything that a trust bundle trusts:
                martlet identity show identity/trust-bundle.pem
            """)

    @Argument(help: ArgumentHelp("A PEM file with certificates.", valueName: "file"), completion: .file())
    var file: String

    func run() throws {
        let certificates = try IdentityDirectory.certificates(file)
        let now = WallTime.now()
        let reports = certificates.enumerated().map { index, certificate in
            "certificate \(index + 1) of \(certificates.count)\n" + CertificateReport(certificate, at: now).text
        }
        print(reports.joined(separator: "\n"))
    }
}
