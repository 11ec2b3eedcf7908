import CLinux
import Glibc

/// A pipe of the kernel that bytes go through from one socket to another without a copy to this process (splice(2)).
///
/// It is filled only while it is empty: a full pipe and an empty socket would answer alike, with EAGAIN.
public final class SplicePipe {
    private let readEnd: Int32
    private let writeEnd: Int32
    /// Bytes that lie in it.
    public private(set) var count = 0

    /// - Throws: when descriptors or the user's share of pipe memory run out.
    public init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe martlet_pipe(&ends) == 0 else { throw SystemError("pipe2") }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    public var isEmpty: Bool { count == 0 }

    /// Takes what the socket has now, as far as there is room. Precondition: the pipe is empty.
    public func fill(from source: Descriptor) -> IOResult {
        precondition(count == 0, "a pipe is filled while it is empty")
        guard source.isReadable else { return .wouldBlock }
        let moved = uninterrupted { martlet_splice(source.number, writeEnd, Limits.pipeBytes) }
        if moved > 0 {
            count = moved
            return .bytes(moved)
        }
        if moved == 0 { return .end }
        guard errno == EAGAIN else { return .failed(errno) }
        source.readBlocked()
        return .wouldBlock
    }

    /// Hands on what the socket takes now.
    public func drain(to sink: Descriptor) -> IOResult {
        guard sink.isWritable else { return .wouldBlock }
        let moved = uninterrupted { martlet_splice(readEnd, sink.number, count) }
        if moved >= 0 {
            count -= moved
            if count > 0 { sink.writeBlocked() }
            return .bytes(moved)
        }
        guard errno == EAGAIN else { return .failed(errno) }
        sink.writeBlocked()
        return .wouldBlock
    }
}
