import Bytes
import EventLoop
import HTTPTransport

/// Bodies that are too large to be kept.
extension RawConnection {
    /// Sends `byteCount` zero bytes in writes of 256 KiB.
    func pour(_ byteCount: Int) async throws -> Bool {
        let block = [UInt8](repeating: 0, count: 256 * 1024)
        var buffer = ByteBuffer(capacity: block.count)
        var left = byteCount
        while left > 0 || !buffer.isEmpty {
            if buffer.isEmpty {
                let size = min(left, block.count)
                unsafe buffer.append(block.span.bytes.extracting(0..<size))
                left -= size
            }
            guard try await writeSome(of: &buffer) else { return false }
            await Task.yield()
        }
        return true
    }

    /// Sends zero bytes until the peer has taken none for `silence`. - Returns: how many it took.
    func pourUntilStuck(silence: Duration) async throws -> Int {
        var buffer = ByteBuffer(capacity: 65_536)
        var count = 0
        while let socket {
            if buffer.isEmpty { buffer.append(String(repeating: "\0", count: 65_536)) }
            switch socket.write(from: &buffer) {
            case .bytes(let written): count += written
            case .wouldBlock:
                if await waiter.wait(until: loop.now.advanced(by: silence)) == .deadline { return count }
            case .end, .failed: return count
            }
        }
        return count
    }

    /// Takes and forgets up to `byteCount` bytes; less only when the peer ends. - Returns: how many came.
    func drain(_ byteCount: Int = .max) async throws -> Int {
        var count = take(min(byteCount, pending.count)).count
        var buffer = ByteBuffer(capacity: 256 * 1024)
        while count < byteCount, ending == nil, let socket {
            switch socket.read(into: &buffer, minimum: 64 * 1024) {
            case .bytes(let read):
                let wanted = min(read, byteCount - count)
                unsafe buffer.withReadableBytes { unsafe pending.append(contentsOf: $0.dropFirst(wanted)) }
                count += wanted
                receivedCount += read
                buffer.clear()
                await Task.yield()
            case .wouldBlock: try await wait("more of \(byteCount) bytes")
            case .end: ending = .finished
            case .failed: ending = .reset
            }
        }
        return count
    }

    /// Waits until the peer has closed or reset, forgetting what it sends.
    @discardableResult
    func untilEnded() async throws -> Ending {
        _ = try await drain()
        return ending ?? .finished
    }

    /// Sends a body of zero bytes, in chunks of `chunkSize` with the last one, or as it is.
    func pourBody(_ byteCount: Int, chunkSize: Int?) async throws {
        guard let chunkSize else {
            _ = try await pour(byteCount)
            return
        }
        for _ in 0..<(byteCount / chunkSize) {
            try await send("\(String(chunkSize, radix: 16))\r\n")
            guard try await pour(chunkSize) else { return }
            try await send("\r\n")
        }
        try await send("0\r\n\r\n")
    }

    /// Takes and forgets the chunks of a body, its last one included. - Returns: how many bytes they held.
    func drainChunks() async throws -> Int {
        var count = 0
        while true {
            let line = try await receive(through: "\r\n").dropLast()
            guard let size = Int(line, radix: 16) else { throw ConnectionError("no chunk: \(line)") }
            guard size > 0 else {
                _ = try await receive(through: "\r\n")
                return count
            }
            count += try await drain(size)
            _ = try await receive(2)
        }
    }
}
