/// Which connections the packet filter brings to the proxy.
///
/// As nftables takes it they are one table of Martlet's own, as iptables takes it two chains: one transaction replaces them as a
/// whole, so they are there or they are not, and nobody else's rules are touched.
struct RedirectRules: Equatable {
    /// The proxy's outbound listener; nil leaves what the workload opens alone.
    var outboundPort: UInt16? = 4140
    /// The proxy's inbound listener; nil leaves what others open alone.
    var inboundPort: UInt16? = 4143
    /// Whose connections are never redirected: the proxy's own, or they would come back to it for ever.
    var proxyUser: UInt32 = 2102
    /// The same by group; nil where the user is enough.
    var proxyGroup: UInt32?
    /// Ports of the workload that others reach without the proxy.
    var skippedInbound: [PortRange] = []
    /// The only ports that are redirected; empty for all.
    var inboundPorts: [PortRange] = []
    /// Ports that the workload reaches without the proxy.
    var skippedOutbound: [PortRange] = []
    /// Whose connections come in without the proxy.
    var skippedSources: [Subnet] = []
    /// Where the workload's connections go without the proxy.
    var skippedDestinations: [Subnet] = []
}
