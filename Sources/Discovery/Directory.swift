/// What exists where, at one moment: an immutable snapshot that every loop reads without a lock.
package final class Directory: Sendable {
    /// Grows by one with every load.
    package let version: UInt64
    /// In the order of the configuration.
    package let targets: [Target]
    /// The workload itself, whatever the Host says; nil without an inbound section.
    package let inbound: Target?
    private let hosts: HostTable
    /// Identifiers from here on were never given out.
    let nextTargetID: UInt32
    let nextEndpointID: UInt32

    init(
        version: UInt64, targets: [Target], inbound: Target?, nextTargetID: UInt32, nextEndpointID: UInt32
    ) {
        self.version = version
        self.targets = targets
        self.inbound = inbound
        self.nextTargetID = nextTargetID
        self.nextEndpointID = nextEndpointID
        hosts = HostTable(targets.map(\.name))
    }

    /// The target that a Host field names: case does not count, nor a trailing dot, nor a port unless the target's
    /// own name has one.
    /// - Parameter host: the raw field value; a value that no target has, or that is not a host at all, gives nil.
    package func targetID(host: Span<UInt8>) -> TargetID? {
        guard let position = hosts.position(of: host) else { return nil }
        return targets[position].id
    }

    package func targetID(host: RawSpan) -> TargetID? { targetID(host: Span<UInt8>(_bytes: host)) }
}
