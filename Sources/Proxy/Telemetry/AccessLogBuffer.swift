import Configuration
import EventLoop
import HTTP

/// The access log lines of one worker between two hand-overs.
struct AccessLogBuffer {
    private let format: ProxyConfiguration.AccessLogFormat
    private let onFull: @Sendable (AccessLogChunk) -> Void
    private var chunk = AccessLogChunk()

    init(_ format: ProxyConfiguration.AccessLogFormat, onFull: @escaping @Sendable (AccessLogChunk) -> Void) {
        self.format = format
        self.onFull = onFull
    }

    mutating func append(
        _ exchange: borrowing Exchange, _ direction: Direction, _ peer: SocketAddress, at unixNanoseconds: UInt64
    ) {
        let line = AccessLogLine(exchange, direction, peer, unixNanoseconds: unixNanoseconds)
        switch format {
        case .none: return
        case .json: line.writeJSON(to: &chunk.bytes)
        case .common: line.writeCommon(to: &chunk.bytes)
        }
        lineAdded()
    }

    mutating func append(_ line: TCPLogLine) {
        switch format {
        case .none: return
        case .json: line.writeJSON(to: &chunk.bytes)
        case .common: line.writeCommon(to: &chunk.bytes)
        }
        lineAdded()
    }

    private mutating func lineAdded() {
        chunk.lineCount += 1
        if chunk.bytes.count >= Limits.accessLogChunkBytes { flush() }
    }

    mutating func flush() {
        guard chunk.lineCount > 0 else { return }
        onFull(chunk)
        chunk = AccessLogChunk()
    }
}
