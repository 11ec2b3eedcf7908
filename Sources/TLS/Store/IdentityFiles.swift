/// Where an identity is kept. Key and chain may be one file, as Kubernetes projects a pod's certificate.
package struct IdentityFiles: Equatable, Sendable {
    /// PEM with the private key; nobody but its owner and group may read it.
    package var key: String
    /// PEM with the leaf, then the intermediate certificates.
    package var chain: String
    /// PEM with every anchor to trust.
    package var bundle: String

    package init(key: String, chain: String, bundle: String) {
        self.key = key
        self.chain = chain
        self.bundle = bundle
    }
}
