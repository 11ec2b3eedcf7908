import Bytes
import Configuration
import EventLoop
import HTTP
import TLS

/// How much of a connection is looked at before it is known what it carries.
enum Detection: Equatable {
    /// It is HTTP, or a mistake.
    case http
    /// Its first bytes tell, or the time limit.
    case firstBytes
    /// Nothing, but whether another proxy brings it by mutual TLS.
    case opaque
}

extension ClientConnection {
    /// What a connection turned out to be.
    enum Opening {
        case requests, opaque, failed
    }

    /// Finds out what the connection carries, and shakes hands where the client speaks TLS with this proxy.
    func open() async -> Opening {
        guard detection != .http else {
            guard await openTransport() else { return .failed }
            return socket.applicationProtocol == ApplicationProtocol.opaque ? .opaque : .requests
        }
        let security = direction == .inbound ? worker.security : nil
        if detection == .opaque, security == nil { return .opaque }
        switch await firstBytes() {
        case .tls?:
            guard let security, await speaks(to: security.server.identity) else { return .opaque }
            let deadline = worker.loop.now.advanced(byNanoseconds: Limits.handshakeNanosecondsMax)
            let failure = await worker.shakeHands(
                security.server, socket, at: peer, expecting: nil, waiter, direction, until: deadline)
            if failure != nil { return .failed }
            switch socket.applicationProtocol {
            case ApplicationProtocol.opaque?: return .opaque
            // What the other proxy took for requests is framed as it likes.
            case _?: return .requests
            case nil: return detection == .opaque ? .opaque : .requests
            }
        case .http1?, .http2?: return detection == .opaque ? .opaque : .requests
        case .opaque?: return .opaque
        case nil: return .failed
        }
    }

    /// Looks at the first bytes without taking them. What does not tell within the time limit is opaque: in some protocols
    /// the server speaks first. - Returns: nil when the client is gone.
    private func firstBytes() async -> DetectedProtocol? {
        while true {
            if case .bytes? = socket.socket?.peek(into: &worker.peeked) {
                switch ProtocolDetector.detect(worker.peeked) {
                case .found(let found): return found
                // The client has said all: whatever it is, it will not become another thing.
                case .needMore where socket.peerClosed: return .opaque
                case .needMore: break
                }
                socket.socket?.readBlocked()
            } else if socket.isHungUp || socket.isReadable {
                // Who is not looked at may have nothing to say but still listen.
                return detection == .opaque && !socket.isHungUp ? .opaque : nil
            }
            if await waiter.wait(until: detectionDeadline) == .deadline {
                socket.socket?.readAgain()
                return .opaque
            }
        }
    }

    /// Whether a client's TLS is meant for this proxy and not for the workload, which may have its own: it asks for the
    /// name of the proxy's identity. Where that has no name, every TLS is taken for the proxy's.
    private func speaks(to identity: IdentitySnapshot?) async -> Bool {
        guard let name = identity?.id.serverName else { return true }
        while true {
            worker.tcp.scratch.reserve(ClientHello.bytesMax)
            if case .bytes? = socket.socket?.peek(into: &worker.tcp.scratch) {
                let hello = ClientHello.read(worker.tcp.scratch)
                worker.tcp.scratch.clear()
                switch hello {
                case .complete(let asked): return asked == Array(name.utf8)
                case .malformed: return false
                case .needMore where socket.peerClosed: return false
                case .needMore: socket.socket?.readBlocked()
                }
            } else if socket.isHungUp || socket.isReadable {
                return false
            }
            if await waiter.wait(until: detectionDeadline) == .deadline {
                socket.socket?.readAgain()
                return false
            }
        }
    }

    /// Carries the connection as it is, to its end.
    func carryOpaque() async {
        let destination: OpaqueConnection.Destination =
            switch direction {
            case .inbound: original.map { .original($0) } ?? .workload
            case .outbound: .original(original)
            }
        await OpaqueConnection(socket, waiter, worker, direction, from: peer, to: destination).run()
    }
}

extension ClientHello {
    /// A buffer that a class holds lends its bytes to a call only.
    fileprivate static func read(_ buffer: borrowing ByteBuffer) -> Answer { read(buffer.bytes) }
}

extension WorkerSettings {
    /// How much is to be looked at of a connection that was meant for `original`, or for this proxy.
    func detection(_ direction: Direction, _ original: SocketAddress?) -> Detection {
        switch direction {
        case .outbound:
            guard isTransparent else { return .http }
            return original.map { opaquePorts.contains($0.port) } == true ? .opaque : .firstBytes
        case .inbound:
            if opaquePorts.contains(original?.port ?? workloadPort) { return .opaque }
            switch inboundProtocol {
            case .http: return .http
            case .detect: return .firstBytes
            case .opaque: return .opaque
            }
        }
    }
}
