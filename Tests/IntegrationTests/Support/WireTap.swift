import Bytes
import EventLoop

/// Stands on the wire between two proxies: carries what they say to each other, and keeps a copy of all of it.
final class WireTap {
    private(set) var seen: [UInt8] = []
    private let loop: EventLoop
    private var listener: Listener?

    init(loop: EventLoop) { self.loop = loop }

    /// - Returns: where to connect to reach `address` through the tap.
    func listen(before address: SocketAddress) throws -> SocketAddress {
        let listener = try Listener(binding: Loopback.anyPort, loop: loop, sharesPort: false)
        self.listener = listener
        let bound = LoopBound((self, listener), loop: loop)
        loop.spawn {
            let (tap, listener) = bound.value
            await listener.run { accepted in
                let own = LoopBound(tap, loop: tap.loop)
                tap.loop.spawn { await own.value.carry(accepted, to: address) }
            }
        }
        return listener.address
    }

    private func carry(_ accepted: AcceptedConnection, to address: SocketAddress) async {
        let waiter = Waiter(loop: loop)
        let deadline = loop.now.advanced(by: RawConnection.patience)
        guard
            case .connected(let server) = await Descriptor.connect(
                to: address, loop: loop, waiter: waiter, deadline: deadline)
        else { return Descriptor.discard(unregistered: accepted.number) }
        do throws(SystemError) {
            let client = try Descriptor(number: accepted.number, loop: loop, waiter: waiter)
            while let moved = pass(from: client, to: server), let back = pass(from: server, to: client) {
                if !moved, !back, await waiter.wait(until: deadline) == .deadline { break }
            }
        } catch {
            // The descriptor was closed; the client sees that nobody answers.
        }
        waiter.invalidate()
    }

    /// - Returns: whether anything moved; nil at the end. What a test sends fits into the socket's buffer.
    private func pass(from source: Descriptor, to sink: Descriptor) -> Bool? {
        var buffer = ByteBuffer(capacity: 65_536)
        switch source.read(into: &buffer, minimum: 65_536) {
        case .bytes: break
        case .wouldBlock: return false
        case .end, .failed: return nil
        }
        unsafe buffer.withReadableBytes { unsafe seen.append(contentsOf: $0) }
        while !buffer.isEmpty {
            guard case .bytes = sink.write(from: &buffer) else { return nil }
        }
        return true
    }
}
