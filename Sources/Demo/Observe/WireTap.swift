import Bytes
package import EventLoop

/// Stands on the wire between two programs: carries what they say to each other, and keeps a copy of it.
package final class WireTap {
    package private(set) var seen: [UInt8] = []
    private let loop: EventLoop
    private var listener: Listener?

    /// Bytes kept; what is said in a check is far less.
    private static let seenBytesMax = 1 << 20
    /// A connection through the tap lives this long at most.
    private static let lifetime = Duration.seconds(60)
    private static let bufferBytes = 65_536

    package init(loop: EventLoop) { self.loop = loop }

    /// Listens on a free port of loopback until the tap is let go. To be called once.
    /// - Returns: where to connect to reach `address` through the tap.
    package func listen(before address: SocketAddress) throws(SystemError) -> SocketAddress {
        let listener = try Listener(
            binding: SocketAddress(v4: 0x7F00_0001, port: 0), loop: loop, sharesPort: false)
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

    /// Whether the text went over the wire in one piece.
    package func hasSeen(_ text: String) -> Bool { seen.firstRange(of: Array(text.utf8)) != nil }

    private func carry(_ accepted: AcceptedConnection, to address: SocketAddress) async {
        let waiter = Waiter(loop: loop)
        defer { waiter.invalidate() }
        let deadline = loop.now.advanced(by: Self.lifetime)
        guard
            case .connected(let server) = await Descriptor.connect(
                to: address, loop: loop, waiter: waiter, deadline: deadline)
        else { return Descriptor.discard(unregistered: accepted.number) }
        do throws(SystemError) {
            let client = try Descriptor(number: accepted.number, loop: loop, waiter: waiter)
            var upwards = ByteBuffer(capacity: Self.bufferBytes)
            var downwards = ByteBuffer(capacity: Self.bufferBytes)
            while true {
                let sent = pass(from: client, to: server, &upwards)
                let answered = pass(from: server, to: client, &downwards)
                if sent == .ended || answered == .ended { return }
                if sent == .moved || answered == .moved { continue }
                if await waiter.wait(until: deadline) == .deadline { return }
            }
        } catch {
            // The descriptor was closed; the client sees that nobody answers.
        }
    }

    private enum Step { case moved, stuck, ended }

    /// Takes what has come, once all before it has gone.
    private func pass(from source: Descriptor, to sink: Descriptor, _ buffer: inout ByteBuffer) -> Step {
        var step = Step.stuck
        if buffer.isEmpty {
            switch source.read(into: &buffer, minimum: Self.bufferBytes) {
            case .bytes:
                keep(buffer)
                step = .moved
            case .wouldBlock: return .stuck
            case .end, .failed: return .ended
            }
        }
        while !buffer.isEmpty {
            switch sink.write(from: &buffer) {
            case .bytes: step = .moved
            case .wouldBlock, .end: return step
            case .failed: return .ended
            }
        }
        return step
    }

    private func keep(_ buffer: borrowing ByteBuffer) {
        let bytes = buffer.bytes
        let count = min(bytes.byteCount, Self.seenBytesMax - seen.count)
        seen.reserveCapacity(seen.count + count)
        for index in 0..<count { seen.append(bytes[index]) }
    }
}
