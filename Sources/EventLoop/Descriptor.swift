public import Bytes
import CLinux
import Glibc

/// What a read or write came to. Expected outcomes are values; nothing is thrown on the data path.
public enum IOResult: Equatable, Sendable {
    case bytes(Int)
    case wouldBlock
    /// The peer has sent everything it will send.
    case end
    /// errno.
    case failed(Int32)
}

/// A non-blocking file descriptor in its loop's epoll set; owned by this object, closed with it.
///
/// The readiness flags mirror the kernel's: they are cleared when a call would block (or a read came back short, which
/// on a stream socket means drained) and set by the next edge, which also wakes the waiter.
public final class Descriptor {
    public let number: Int32
    public var isReadable: Bool { readable }
    public var isWritable: Bool { writable }
    /// The peer has shut down its sending side (FIN seen); what it sent before may still be unread.
    public var peerClosed: Bool { closedByPeer }
    /// Both directions are gone (reset or closed).
    public var isHungUp: Bool { hungUp }
    /// Whom an edge wakes.
    public var waiter: Waiter? {
        get { woken }
        set { woken = newValue }
    }

    // Private, so that the compiler sees every access and need not have each checked when the program runs (ADR 6).
    private var readable: Bool
    private var writable = true
    private var closedByPeer = false
    private var hungUp = false
    private var woken: Waiter?

    /// What the number names: sockets are read with `recv` and written with `send`, which skip the file layer.
    public enum Kind: Sendable { case socket, other }
    private let kind: Kind
    /// The epoll instance that watches it; -1 before.
    private var epoll: Int32 = -1

    /// Takes ownership of `number`, which must be non-blocking; when this throws, it has been closed.
    /// - Parameter isReadable: false where it is cheaper to be told of the first bytes than to try for them.
    public init(
        number: Int32, kind: Kind = .socket, loop: EventLoop, waiter: Waiter? = nil, isReadable: Bool = true
    ) throws(SystemError) {
        self.number = number
        readable = isReadable
        self.kind = kind
        woken = waiter
        epoll = try loop.register(self)
    }

    deinit {
        // Closing is not enough while a process that is being forked holds a copy: events would go on to name this
        // object.
        if epoll >= 0 { Poll.remove(number, from: epoll) }
        Glibc.close(number)
    }

    /// Closes a number that no descriptor has been made for.
    public static func discard(unregistered number: Int32) { Glibc.close(number) }

    func becameReady(_ events: UInt32) {
        if events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
            readable = true
        }
        if events & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { writable = true }
        if events & EPOLLRDHUP.rawValue != 0 { closedByPeer = true }
        if events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { hungUp = true }
        woken?.wake()
    }

    /// Appends what can be read now. `minimum` is the room to offer at least, `maximum` the bytes to take at most:
    /// buffers that change places grow by what they may take.
    public func read(into buffer: inout ByteBuffer, minimum: Int, maximum: Int = .max) -> IOResult {
        guard readable else { return .wouldBlock }
        var result = IOResult.wouldBlock
        var offered = 0
        _ = unsafe buffer.withWritableBytes(minimum: minimum) { room in
            offered = min(room.count, maximum)
            let count = unsafe receive(UnsafeMutableRawBufferPointer(rebasing: room[..<offered]))
            result = outcome(ofRead: count)
            return max(count, 0)
        }
        if case .bytes(let count) = result, count < offered, !closedByPeer, !hungUp { readable = false }
        return result
    }

    @inline(__always)
    private func receive(_ room: UnsafeMutableRawBufferPointer) -> Int {
        uninterrupted {
            switch kind {
            case .socket: unsafe martlet_receive(number, room.baseAddress, room.count, 0)
            case .other: unsafe Glibc.read(number, room.baseAddress, room.count)
            }
        }
    }

    @inline(__always)
    private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        uninterrupted {
            switch kind {
            case .socket: unsafe martlet_send(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            case .other: unsafe Glibc.write(number, bytes.baseAddress, bytes.count)
            }
        }
    }

    /// Looks at what can be read now, without taking it: replaces what `buffer` holds. A second look sees the same bytes,
    /// so who waits for more says so by `readBlocked`.
    public func peek(into buffer: inout ByteBuffer) -> IOResult {
        guard readable else { return .wouldBlock }
        buffer.clear()
        var result = IOResult.wouldBlock
        _ = unsafe buffer.withWritableBytes(minimum: 1) { room in
            let count = uninterrupted { unsafe recv(number, room.baseAddress, room.count, Int32(MSG_PEEK)) }
            result = outcome(ofRead: count)
            return max(count, 0)
        }
        return result
    }

    /// For one who makes system calls on `number` itself: a read would have blocked, or came back short.
    public func readBlocked() { readable = false }
    /// What was looked at and left is to be read now: no edge tells of it again.
    public func readAgain() { readable = true }
    /// For a write: it would have blocked.
    public func writeBlocked() { writable = false }

    private func outcome(ofRead count: Int) -> IOResult {
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        switch errno {
        case EAGAIN:
            readable = false
            return .wouldBlock
        case let code:
            return .failed(code)
        }
    }

    /// Writes and consumes what the kernel takes now.
    public func write(from buffer: inout ByteBuffer) -> IOResult {
        guard writable else { return .wouldBlock }
        let wanted = buffer.count
        let count = unsafe buffer.withReadableBytes { unsafe send($0) }
        let result = outcome(ofWrite: count, wanted: wanted)
        if case .bytes(let count) = result { buffer.consume(count) }
        return result
    }

    private func outcome(ofWrite count: Int, wanted: Int) -> IOResult {
        if count >= 0 {
            if count < wanted { writable = false }
            return .bytes(count)
        }
        switch errno {
        case EAGAIN:
            writable = false
            return .wouldBlock
        case let code:
            return .failed(code)
        }
    }
}

/// Repeats a system call that a signal interrupted.
@inline(__always)
func uninterrupted(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
