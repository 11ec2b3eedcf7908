internal import COpenSSL

/// The place where a client keeps the sessions that it may resume with one server. It belongs to one thread.
///
/// A session is good for one connection (RFC 8446 §C.4), which brings the next one. So there come to be as many as connections
/// begin at once, `Limits.resumableSessionsMax` at most. The owner of this place decides how many servers are remembered.
package final class ResumableSessions {
    /// Oldest first.
    private var kept: [KeptSession] = []

    package init() {}

    package var isEmpty: Bool { kept.isEmpty }

    func keep(_ session: KeptSession) {
        if kept.count == Limits.resumableSessionsMax { kept.removeFirst() }
        kept.append(session)
    }

    /// Takes out the newest session of that context, workload and name that still holds.
    func take(_ context: TLSContext, expecting expected: SPIFFEID, serverName: String?, at now: WallTime)
        -> KeptSession?
    {
        let index = kept.lastIndex {
            $0.context === context && $0.peer.identity.id == expected && $0.serverName == serverName
                && $0.canResume(at: now)
        }
        return index.map { kept.remove(at: $0) }
    }

    /// Lets go of sessions that nothing can resume any more.
    package func sweep() {
        guard !kept.isEmpty else { return }
        let now = WallTime.now()
        kept.removeAll { !$0.canResume(at: now) }
    }
}

/// A session as OpenSSL keeps it, and what it was verified as.
@safe
final class KeptSession {
    let pointer: OpaquePointer
    /// The one that verified the peer. Not kept alive: its private key ends when the last connection is gone.
    private(set) weak var context: TLSContext?
    let peer: VerifiedPeer
    let serverName: String?

    /// Takes the reference to an SSL_SESSION over.
    init(taking pointer: OpaquePointer, context: TLSContext, peer: VerifiedPeer, serverName: String?) {
        unsafe self.pointer = unsafe pointer
        self.context = context
        self.peer = peer
        self.serverName = serverName
    }

    deinit { unsafe SSL_SESSION_free(pointer) }

    func canResume(at now: WallTime) -> Bool {
        guard let context else { return false }
        return peer.canResume(expecting: nil, within: context.settings.resumptionSeconds, at: now)
    }
}
