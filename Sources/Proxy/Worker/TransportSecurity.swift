import TLS

/// Who this proxy is on the mesh and whom it trusts, in the form in which its connections use it. Immutable: a rotation
/// makes a new one for new connections.
final class TransportSecurity: Sendable {
    /// For clients that open connections to this proxy. One without a certificate may be let in by `inbound.tls`, but then
    /// without TLS: whoever speaks TLS must show who it is.
    let server: TLSContext
    /// For the connections to other proxies.
    let client: TLSContext
    /// For those that carry what is not HTTP.
    let clientOfTCP: TLSContext

    /// The ALPN name of a connection between two proxies whose bytes are the applications' own.
    static let opaqueProtocol = "martlet-tcp/1"

    init(_ identity: IdentitySnapshot) throws(TLSContextError) {
        var settings = TLSSettings()
        settings.applicationProtocols = ["http/1.1", Self.opaqueProtocol]
        server = try TLSContext(.server, identity: identity, settings: settings)
        settings.applicationProtocols = ["http/1.1"]
        client = try TLSContext(.client, identity: identity, settings: settings)
        settings.applicationProtocols = [Self.opaqueProtocol]
        clientOfTCP = try TLSContext(.client, identity: identity, settings: settings)
    }
}
