/// A loop-owned value that a task of the same loop may carry; touching it from another thread traps.
///
/// `@unchecked Sendable` is protected by the check in `value`: the value is only ever read on the loop's thread.
public struct LoopBound<Value>: @unchecked Sendable {
    private let loop: EventLoop
    private let storage: Value

    public init(_ value: Value, loop: EventLoop) {
        storage = value
        self.loop = loop
    }

    public var value: Value {
        loop.preconditionInLoop()
        return storage
    }
}
