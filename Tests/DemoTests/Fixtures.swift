import EventLoop
import Foundation

/// Runs `body` as a task of a fresh loop on its own thread and returns what it made.
func onLoop<Result: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> Result) async throws -> Result {
    let loop = try EventLoop()
    let thread = try EventLoopThread(running: loop)
    let task = Task(executorPreference: loop) { try await body(loop) }
    let result = await task.result
    loop.stop()
    thread.join()
    return try result.get()
}

let anyPort = SocketAddress("127.0.0.1:0")!
