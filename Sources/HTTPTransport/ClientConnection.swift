import Bytes
import EventLoop

/// A connection to a server, used for one exchange at a time.
final class ClientConnection {
    enum Outcome {
        case response(HTTPResponse)
        case failure(HTTPClientError, responseBegan: Bool)
    }

    let address: SocketAddress
    var idleSince = MonotonicTime(nanoseconds: 0)
    private let descriptor: TransportStream
    private let waiter: Waiter
    private let limits: HTTPClientLimits
    private var input = ByteBuffer()
    private var output = ByteBuffer()
    private var keepsAlive = true

    init(_ descriptor: TransportStream, waiter: Waiter, address: SocketAddress, limits: HTTPClientLimits) {
        self.descriptor = descriptor
        self.waiter = waiter
        self.address = address
        self.limits = limits
    }

    /// Nothing is left over, in either direction, and the peer has not closed.
    var isUsable: Bool {
        keepsAlive && input.isEmpty && output.isEmpty && !descriptor.peerClosed && !descriptor.isHungUp
    }

    /// Writes and reads at once, so that a server which answers before it has read everything (413) is understood.
    func exchange(head: HTTPRequestLines, body: [UInt8], deadline: MonotonicTime) async -> Outcome {
        defer { waiter.invalidate() }
        head.write(bodyCount: body.count, to: &output)
        output.append(body)
        var response = ResponseReader(isHead: head.method == "HEAD", limits: limits)
        while true {
            let wrote = writeSome()
            switch descriptor.read(into: &input, minimum: readBytesMin) {
            case .bytes:
                do throws(HTTPClientError) {
                    guard let complete = try response.take(from: &input) else { continue }
                    return finish(complete, response)
                } catch {
                    return fail(error, response)
                }
            case .end:
                guard let complete = response.takeAtEnd() else { return fail(.reset, response) }
                return finish(complete, response)
            case .failed: return fail(descriptor.failure.map { .tlsFailed($0) } ?? .reset, response)
            case .wouldBlock: break
            }
            if wrote { continue }
            if await waiter.wait(until: deadline) == .deadline { return fail(.timedOut, response) }
        }
    }

    /// A write that fails is no failure yet: the response may be on its way.
    private func writeSome() -> Bool {
        guard !output.isEmpty else { return false }
        switch descriptor.write(from: &output) {
        case .bytes: return true
        case .wouldBlock: return false
        case .end, .failed:
            keepsAlive = false
            output.clear()
            return false
        }
    }

    private func finish(_ response: HTTPResponse, _ reader: borrowing ResponseReader) -> Outcome {
        keepsAlive = keepsAlive && reader.keepsAlive && output.isEmpty
        return .response(response)
    }

    private func fail(_ error: HTTPClientError, _ reader: borrowing ResponseReader) -> Outcome {
        keepsAlive = false
        return .failure(error, responseBegan: reader.hasBegun || error == .timedOut)
    }
}
