import TLS

/// Who this proxy is on the mesh and whom it trusts, in the form in which its connections use it. Immutable: a rotation
/// makes a new one for new connections.
final class TransportSecurity: Sendable {
    /// For clients that open connections to this proxy. One without a certificate may be let in by `inbound.tls`, but then
    /// without TLS: whoever speaks TLS must show who it is.
    let server: TLSContext
    /// For the connections to other proxies that carry streams.
    let client: TLSContext
    /// For those that carry one exchange at a time, which may become tunnels.
    let clientOfHTTP1: TLSContext
    /// For those that carry what is not HTTP.
    let clientOfTCP: TLSContext

    init(_ identity: IdentitySnapshot, resumption: Duration) throws(TLSContextError) {
        var settings = TLSSettings()
        settings.resumptionSeconds = resumption.components.seconds
        settings.applicationProtocols = [
            ApplicationProtocol.http2, ApplicationProtocol.http11, ApplicationProtocol.opaque,
        ]
        server = try TLSContext(.server, identity: identity, settings: settings)
        settings.applicationProtocols = [ApplicationProtocol.http2, ApplicationProtocol.http11]
        client = try TLSContext(.client, identity: identity, settings: settings)
        settings.applicationProtocols = [ApplicationProtocol.http11]
        clientOfHTTP1 = try TLSContext(.client, identity: identity, settings: settings)
        settings.applicationProtocols = [ApplicationProtocol.opaque]
        clientOfTCP = try TLSContext(.client, identity: identity, settings: settings)
    }

    /// Another one takes its place. Connections that are open keep this one alive, without the sessions that nobody can
    /// resume any more.
    func retire() { server.forgetSessions() }
}
