import Bytes
import EventLoop
import MetricsExporter

/// One direction of a connection that is carried as it is, until its source has ended and its sink has been told.
///
/// It holds bytes only while its sink takes none: at most one read of them, or a pipe.
struct OpaqueFlow: ~Copyable {
    enum Step: Equatable {
        case moved, stuck
        /// The side that broke; what it had sent may be incomplete.
        case sourceFailed, sinkFailed
    }

    private var pending = ByteBuffer()
    private var pipe: SplicePipe?
    /// Much comes at once: where both sides are plain sockets it goes through a pipe.
    private var isStreaming = false
    private var sourceEnded = false
    private(set) var isClosed = false
    private(set) var byteCount: UInt64 = 0
    private let read: CounterCell
    private let written: CounterCell

    /// - Parameters:
    ///   - read: counts what comes from the source.
    ///   - written: counts what the sink takes.
    init(read: CounterCell, written: CounterCell) {
        self.read = read
        self.written = written
    }

    /// Moves what can be moved now.
    mutating func carry(from source: Channel, to sink: Channel, _ resources: TCPResources) -> Step {
        guard !isClosed else { return .stuck }
        let before = byteCount
        var result = flush(to: sink)
        if result == .wouldBlock { return byteCount > before ? .moved : .stuck }
        guard result == .end else { return .sinkFailed }
        if !sourceEnded {
            switch fill(from: source, to: sink, resources) {
            case .bytes: result = flush(to: sink, &resources.scratch)
            case .wouldBlock:
                release(resources)
                return byteCount > before ? .moved : .stuck
            case .end: sourceEnded = true
            case .failed: return .sourceFailed
            }
            if case .failed = result { return .sinkFailed }
        }
        guard sourceEnded else { return .moved }
        release(resources)
        isClosed = sink.finishWriting()
        return isClosed || byteCount > before ? .moved : .stuck
    }

    /// Gives back what it holds; it carries nothing afterwards.
    mutating func release(_ resources: TCPResources) {
        guard let held = pipe else { return }
        pipe = nil
        resources.giveBack(held)
    }

    // MARK: From the source

    private mutating func fill(from source: Channel, to sink: Channel, _ resources: TCPResources) -> IOResult {
        if isStreaming, let from = source.plainSocket, sink.plainSocket != nil {
            if pipe == nil { pipe = resources.takePipe() }
            if let pipe { return note(pipe.fill(from: from)) }
        }
        let room = isStreaming ? TCPLimits.readBytes : TCPLimits.streamingBytes
        return note(source.read(into: &resources.scratch, minimum: room, maximum: TCPLimits.readBytes))
    }

    private mutating func note(_ result: IOResult) -> IOResult {
        guard case .bytes(let count) = result else { return result }
        read.add(UInt64(count))
        isStreaming = count >= (isStreaming ? TCPLimits.trickleBytes : TCPLimits.streamingBytes)
        return result
    }

    // MARK: To the sink

    /// Sends what has been read, and keeps what the sink does not take. - Returns: as `flush(to:)`.
    private mutating func flush(to sink: Channel, _ scratch: inout ByteBuffer) -> IOResult {
        if scratch.isEmpty { return flush(to: sink) }
        let before = scratch.count
        let result = Self.write(&scratch, to: sink)
        sent(before - scratch.count)
        if result == .wouldBlock { pending.append(scratch.bytes) }
        scratch.clear()
        return result
    }

    /// Sends what waits. - Returns: `.end` when nothing waits any more.
    private mutating func flush(to sink: Channel) -> IOResult {
        while let pipe, !pipe.isEmpty, let socket = sink.plainSocket {
            switch pipe.drain(to: socket) {
            case .bytes(let count): sent(count)
            case let other: return other
            }
        }
        guard !pending.isEmpty else { return .end }
        let before = pending.count
        let result = Self.write(&pending, to: sink)
        sent(before - pending.count)
        if pending.isEmpty { pending = ByteBuffer() }
        return result
    }

    private static func write(_ buffer: inout ByteBuffer, to sink: Channel) -> IOResult {
        while !buffer.isEmpty {
            switch sink.write(from: &buffer) {
            case .bytes: continue
            case .wouldBlock, .end: return .wouldBlock
            case .failed(let code): return .failed(code)
            }
        }
        return .end
    }

    private mutating func sent(_ count: Int) {
        byteCount += UInt64(count)
        written.add(UInt64(count))
    }
}
