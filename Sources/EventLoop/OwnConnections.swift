import Synchronization

/// The connections that this process has opened to where somebody meant to go, by both their ends: one that comes back in
/// through a redirection is one of these.
///
/// All loops share it. Only connections that the packet filter had redirected pay for its lock, twice each.
public final class OwnConnections: Sendable {
    private struct Ends: Hashable {
        let local: SocketAddress
        let remote: SocketAddress
    }

    private let open = Mutex<Set<Ends>>([])

    public init() {}

    public func opened(_ local: SocketAddress, _ remote: SocketAddress) {
        _ = open.withLock { $0.insert(Ends(local: local, remote: remote)) }
    }

    public func closed(_ local: SocketAddress, _ remote: SocketAddress) {
        _ = open.withLock { $0.remove(Ends(local: local, remote: remote)) }
    }

    /// Whether a connection is this process's own: no other can have the same two ends.
    public func contains(_ local: SocketAddress, _ remote: SocketAddress) -> Bool {
        open.withLock { $0.contains(Ends(local: local, remote: remote)) }
    }
}
