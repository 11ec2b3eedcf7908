import TLS

/// Who this proxy is on the mesh and whom it trusts, in the form in which its connections use it. Immutable: a rotation
/// makes a new one for new connections.
final class TransportSecurity: Sendable {
    /// For clients that open connections to this proxy. One without a certificate may be let in by `inbound.tls`, but then
    /// without TLS: whoever speaks TLS must show who it is.
    let server: TLSContext
    /// For the connections to other proxies.
    let client: TLSContext

    init(_ identity: IdentitySnapshot) throws(TLSContextError) {
        var settings = TLSSettings()
        settings.applicationProtocols = ["http/1.1"]
        server = try TLSContext(.server, identity: identity, settings: settings)
        client = try TLSContext(.client, identity: identity, settings: settings)
    }
}
