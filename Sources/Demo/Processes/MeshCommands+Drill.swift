import EventLoop

/// Three proxies beside the shop, by which a check shows what mutual TLS keeps out. Nobody scrapes them and they send no
/// spans, so what is refused there is in no golden signal.
extension MeshCommands {
    /// What stands behind them: a service of the shop, which answers what it does not know with the path it was asked for.
    static let drilled = ServiceName.inventory
    private static let caller = ServiceName.cart
    /// The target whose server has another identity than its callers expect.
    static let impostor = ServiceName.payment

    /// Stands before the drilled service with its identity, and takes mutual TLS only.
    func sealedProxy(_ identities: ShopIdentities) -> Command {
        proxy(
            "sealed-proxy", admin: ports.drill.sealedAdmin,
            [
                "--inbound", "\(ports.drill.sealedInbound)", "--forward", "\(ports[Self.drilled].service)",
                "--inbound-tls", "required",
            ] + identities.flags(of: Self.drilled))
    }

    /// Calls the sealed proxy: as the drilled service through a tap, and as another service, which it is not.
    func callingProxy(_ identities: ShopIdentities, through tap: SocketAddress) -> Command {
        let targets = [(Self.drilled, tap), (Self.impostor, ports.drill.sealedInbound)]
        return proxy(
            "calling-proxy", admin: ports.drill.callerAdmin,
            ["--outbound", "\(ports.drill.callerOutbound)"] + identities.flags(of: Self.caller)
                + targets.flatMap { name, address in
                    [
                        "--target", "\(name.rawValue)=\(address)", "--target-identity",
                        "\(name.rawValue)=\(identities.id(name))",
                    ]
                })
    }

    /// Has no identity, and calls through a tap itself, as another such proxy would be called; and the sealed proxy.
    func openProxy(through tap: SocketAddress) -> Command {
        proxy(
            "open-proxy", admin: ports.drill.openAdmin,
            [
                "--inbound", "\(ports.drill.openInbound)", "--forward", "\(ports[Self.drilled].service)",
                "--outbound", "\(ports.drill.openOutbound)", "--target", "open=\(tap)",
                "--target", "\(Self.drilled.rawValue)=\(ports.drill.sealedInbound)",
            ])
    }

    private func proxy(_ name: String, admin: SocketAddress, _ arguments: [String]) -> Command {
        Command(
            name: name, executable: programs.proxy,
            arguments: ["--name", name, "--admin", "\(admin)", "--workers", "1", "--access-log", "json"] + arguments)
    }
}
